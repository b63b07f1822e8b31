"""Anthropic's own client against the gateway: over upstreams that chat, and over one that speaks its API."""

import json

import anthropic
import pytest
from routeiq_plugin_sdk import LLMResponse, Reject, Usage

HELLO = [{"role": "user", "content": "hello there"}]


@pytest.fixture
async def client():
    made = []

    def make(gateway):
        made.append(anthropic.AsyncAnthropic(base_url=gateway.url, api_key="none", max_retries=0))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def test_the_embedded_model_answers(gateway, client):
    ask = client(await gateway()).messages
    answer = await ask.create(model="echo", max_tokens=50, system="Be brief.", messages=HELLO)
    assert answer.content[0].text == "hello there"
    assert (answer.stop_reason, answer.usage.output_tokens) == ("end_turn", 2)
    async with ask.stream(model="echo", max_tokens=50, messages=HELLO) as stream:
        texts = [text async for text in stream.text_stream]
        final = await stream.get_final_message()
    assert texts == ["hello", " there"]
    assert (final.content[0].text, final.stop_reason) == ("hello there", "end_turn")
    assert final.usage.output_tokens == 2


async def test_an_upstream_of_its_own_api_gets_the_clients_bytes(gateway, client, upstream, models, replies):
    answer = {
        "id": "msg_up", "type": "message", "role": "assistant", "model": "claude", "stop_sequence": None,
        "content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn",
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }  # fmt: skip
    upstream.replies = [replies.respond(200, answer)]
    app = await gateway(settings={"model_list": models(upstream, "fast")})
    said = await client(app).messages.create(model="fast", max_tokens=5, messages=HELLO)
    assert said.id == "msg_up"
    (request,) = upstream.requests
    assert request.path == "/v1/messages"
    assert request.body["messages"] == HELLO


async def test_tools_go_there_and_back_over_an_upstream_that_chats(gateway, client, upstream, models, replies):
    call = {"id": "t1", "type": "function", "function": {"name": "look", "arguments": '{"at": "it"}'}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    upstream.replies = [
        replies.respond(404, {"error": {"message": "no such path"}}),
        replies.respond(200, {"id": "c", "object": "chat.completion", "choices": [choice], "usage": usage}),
    ]
    app = await gateway(settings={"model_list": models(upstream, "fast")})
    tool = {"name": "look", "input_schema": {"type": "object", "properties": {"at": {"type": "string"}}}}
    said = await client(app).messages.create(model="fast", max_tokens=5, messages=HELLO, tools=[tool])
    assert (said.stop_reason, said.content[0].type, said.content[0].input) == ("tool_use", "tool_use", {"at": "it"})
    asked = upstream.requests[-1]
    assert asked.path == "/v1/chat/completions"
    assert asked.body["tools"][0]["function"]["name"] == "look"


@pytest.mark.parametrize("stream", [False, True])
async def test_plugins_see_chat_messages_and_their_changes_are_written_back(gateway, client, plugin, stream):
    seen = []

    async def llm_pre_call(call, messages):
        seen.append((call.api, messages[0]["content"]))
        return {"messages": [{"role": "user", "content": "changed"}]}

    async def llm_success(call, response):
        seen.append(response.text)

    ask = client(await gateway(plugin("seeing", llm_pre_call, llm_success))).messages
    if stream:
        async with ask.stream(model="echo", max_tokens=5, messages=HELLO) as events:
            text = "".join([text async for text in events.text_stream])
    else:
        text = (await ask.create(model="echo", max_tokens=5, messages=HELLO)).content[0].text
    assert text == "changed"
    assert seen == [("messages", "hello there"), "changed"]


async def test_a_plugins_answer_has_the_form_of_the_api(gateway, client, plugin):
    async def llm_pre_call():
        return LLMResponse("from the plugin", usage=Usage(1, 2, 3))

    ask = client(await gateway(plugin("answering", llm_pre_call))).messages
    answer = await ask.create(model="echo", max_tokens=5, messages=HELLO)
    assert (answer.content[0].text, answer.usage.output_tokens) == ("from the plugin", 2)
    async with ask.stream(model="echo", max_tokens=5, messages=HELLO) as events:
        assert (await events.get_final_message()).content[0].text == "from the plugin"


async def test_errors_raise_the_clients_own_exceptions(gateway, client, plugin, upstream, models, replies):
    async def request(request):
        if request.headers.get("x-refuse"):
            raise Reject(401, "who are you?", "unknown")

    upstream.default = replies.respond(429, {"error": {"message": "slow down", "code": "busy"}}, {"retry-after": "7"})
    settings = {"model_list": models(upstream, "busy", num_retries=0), "server": {"max_body": 2000}}
    app = await gateway(plugin("guard", request), settings=settings)
    ask = client(app).messages
    with pytest.raises(anthropic.NotFoundError) as missing:
        await ask.create(model="nope", max_tokens=5, messages=HELLO)
    assert missing.value.body["error"]["type"] == "not_found_error"
    with pytest.raises(anthropic.AuthenticationError, match="who are you"):
        await ask.create(model="busy", max_tokens=5, messages=HELLO, extra_headers={"x-refuse": "1"})
    with pytest.raises(anthropic.RateLimitError, match="slow down") as limited:
        await ask.create(model="busy", max_tokens=5, messages=HELLO)
    assert limited.value.response.headers["retry-after"] == "7"
    assert limited.value.body["type"] == "error"
    with pytest.raises(anthropic.BadRequestError, match="max_tokens"):
        await ask.create(model="busy", max_tokens=0, messages=HELLO)
    with pytest.raises(anthropic.APIStatusError) as large:
        await ask.create(model="busy", max_tokens=5, messages=[{"role": "user", "content": "x" * 3000}])
    assert (large.value.status_code, large.value.body["error"]["type"]) == (413, "request_too_large")


async def test_a_rejected_stream_ends_with_anthropics_error_event(gateway, client, plugin):
    async def llm_stream_chunk(chunk):
        if "there" in chunk.text:
            raise Reject(403, "not this word", "policy")

    ended = []

    async def llm_failure(exception):
        ended.append(exception)

    ask = client(await gateway(plugin("guard", llm_stream_chunk, llm_failure))).messages
    with pytest.raises(anthropic.APIStatusError, match="not this word"):
        async with ask.stream(model="echo", max_tokens=5, messages=HELLO) as stream:
            await stream.get_final_message()
    assert len(ended) == 1


async def test_invalid_json_is_told_in_anthropics_shape(gateway):
    import httpx

    app = await gateway()
    async with httpx.AsyncClient(base_url=app.url) as http:
        answer = await http.post("/v1/messages", content=b"{")
    assert answer.status_code == 400
    assert json.loads(answer.content)["error"]["type"] == "invalid_request_error"
