"""The fake upstream through the real clients: what other tests rely on is true of it."""

import asyncio
import json
import subprocess
import sys
import time

import anthropic
import httpx
import openai
import pytest
from tests.fakes.behaviour import HEADER, Behaviour, Tool

MESSAGES = [{"role": "user", "content": "hello"}]
RICH = Behaviour(text="It is sunny.", reasoning="I look.", tools=(Tool("weather", '{"city": "Rome"}'),), chunk=3)


@pytest.fixture
def client(upstream):
    with openai.OpenAI(base_url=upstream.openai_url, api_key="k", max_retries=0) as one:
        yield one


@pytest.fixture
def claude(upstream):
    with anthropic.Anthropic(base_url=upstream.url, api_key="k", max_retries=0) as one:
        yield one


def chat(client, model="up", **options):
    return client.chat.completions.create(model=model, messages=MESSAGES, **options)


def message(claude, model="up", **options):
    return claude.messages.create(model=model, messages=MESSAGES, max_tokens=9, **options)


def test_a_chat_completion_is_whole_and_its_request_is_recorded(client, upstream):
    answer = chat(client, temperature=0.5, extra_headers={"x-trace": "7"})
    assert answer.choices[0].message.content == "Hello from the upstream."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == 9
    (request,) = upstream.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.headers["x-trace"] == "7"
    assert request.headers["authorization"] == "Bearer k"
    assert request.body == {"model": "up", "messages": MESSAGES, "temperature": 0.5}


def test_a_streamed_chat_completion_has_reasoning_text_tools_and_usage(client, upstream):
    upstream.default = RICH
    chunks = list(chat(client, stream=True, stream_options={"include_usage": True}))
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == "It is sunny."
    assert "".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas) == "I look."
    calls = [call for delta in deltas for call in delta.tool_calls or ()]
    assert (calls[0].id, calls[0].function.name) == ("call_0", "weather")
    assert "".join(call.function.arguments for call in calls) == '{"city": "Rome"}'
    assert chunks[-2].choices[0].finish_reason == "tool_calls"
    assert chunks[-1].usage.completion_tokens == 3


def test_a_stream_has_usage_only_where_it_is_asked_for(client):
    assert all(chunk.usage is None for chunk in chat(client, stream=True))


def test_text_completions(client):
    whole = client.completions.create(model="up", prompt="x")
    assert whole.choices[0].text == "Hello from the upstream."
    steps = list(client.completions.create(model="up", prompt="x", stream=True))
    assert "".join(step.choices[0].text for step in steps) == "Hello from the upstream."
    assert steps[-1].choices[0].finish_reason == "stop"


def test_embeddings_depend_on_their_input_alone_in_either_encoding(client):
    first, second = client.embeddings.create(model="up", input=["a", "b"]).data
    again = client.embeddings.create(model="up", input="a", encoding_format="float").data[0]
    assert len(first.embedding) == 4
    assert first.embedding == again.embedding != second.embedding


def test_a_response_is_the_same_whole_and_streamed(client, upstream):
    upstream.default = RICH
    whole = client.responses.create(model="up", input="x")
    with client.responses.stream(model="up", input="x") as stream:
        events = list(stream)
        streamed = stream.get_final_response()
    assert whole.output_text == streamed.output_text == "It is sunny."
    assert [item.type for item in whole.output] == ["reasoning", "message", "function_call"]
    # The client assembles its own snapshot of the events, and adds what it parsed.
    assert [item.id for item in streamed.output] == [item.id for item in whole.output]
    assert [event.sequence_number for event in events if hasattr(event, "sequence_number")] == sorted(
        event.sequence_number for event in events if hasattr(event, "sequence_number")
    )
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == "It is sunny."


def test_a_message_is_the_same_whole_and_streamed(claude, upstream):
    upstream.default = RICH
    whole = message(claude)
    with claude.messages.stream(model="up", messages=MESSAGES, max_tokens=9) as stream:
        list(stream)
        streamed = stream.get_final_message()
    assert [block.type for block in whole.content] == ["thinking", "text", "tool_use"]
    assert whole.content[2].input == {"city": "Rome"}
    assert [block.model_dump(exclude={"parsed_output"}) for block in streamed.content] == [
        block.model_dump() for block in whole.content
    ]
    assert whole.stop_reason == streamed.stop_reason == "tool_use"
    assert whole.usage.output_tokens == streamed.usage.output_tokens == 3
    assert claude.messages.count_tokens(model="up", messages=MESSAGES).input_tokens == 5


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, "BadRequestError"), (401, "AuthenticationError"), (404, "NotFoundError"), (429, "RateLimitError"),
     (500, "InternalServerError"), (503, "InternalServerError")],
)  # fmt: skip
def test_an_error_has_the_shape_of_its_api(client, claude, upstream, status, error):
    upstream.default = Behaviour(status=status, message="no", headers={"retry-after": "7"})
    with pytest.raises(getattr(openai, error)) as openai_error:
        chat(client)
    assert openai_error.value.response.headers["retry-after"] == "7"
    assert openai_error.value.body["message"] == "no"
    with pytest.raises(getattr(anthropic, error)) as anthropic_error:
        message(claude)
    assert anthropic_error.value.body["error"]["message"] == "no"
    assert anthropic_error.value.request_id == "req_upstream"


def test_rate_limits_are_told(client, claude, upstream):
    upstream.default = Behaviour(status=429)
    with pytest.raises(openai.RateLimitError) as first:
        chat(client)
    assert first.value.code == "rate_limit_exceeded"
    assert first.value.response.headers["x-ratelimit-remaining-requests"] == "0"
    with pytest.raises(anthropic.RateLimitError) as second:
        message(claude)
    assert second.value.response.headers["anthropic-ratelimit-requests-remaining"] == "0"


def test_the_first_requests_of_a_script_fail(client, upstream):
    for script in ("up?status=500&times=2", "up?status=500&times=2&key=other"):
        for _ in range(2):
            with pytest.raises(openai.InternalServerError):
                chat(client, script)
        answer = chat(client, script)
        assert (answer.model, answer.choices[0].message.content) == ("up", "Hello from the upstream.")
    assert len(upstream.requests) == 6


def test_a_header_and_a_queue_script_requests_too(client, upstream):
    upstream.script.extend([Behaviour(text="first"), Behaviour(status=500)])
    header = {HEADER: 'text=by+header&tool=f:{"a":1}&header=x-more:yes'}
    by_header = client.chat.completions.with_raw_response.create(model="up", messages=MESSAGES, extra_headers=header)
    assert by_header.headers["x-more"] == "yes"
    assert by_header.parse().choices[0].message.tool_calls[0].function.arguments == '{"a":1}'
    assert chat(client).choices[0].message.content == "first"
    with pytest.raises(openai.InternalServerError):
        chat(client)
    assert chat(client).choices[0].message.content == "Hello from the upstream."


def test_a_script_with_a_mistake_is_not_an_answer(client):
    with pytest.raises(openai.InternalServerError):
        chat(client, "up?statsu=500")
    with pytest.raises(ValueError, match="no such field of a behaviour: 'statsu'"):
        Behaviour.parse("statsu=500")


@pytest.mark.parametrize("stream", [False, True])
def test_a_connection_that_closes_before_the_answer(client, upstream, stream):
    upstream.default = Behaviour(at_start="disconnect")
    with pytest.raises(openai.APIConnectionError):
        chat(client, stream=stream)
    assert upstream.left == 0


def test_a_stream_whose_connection_closes_has_what_came_before(client, upstream):
    upstream.default = Behaviour(in_body="disconnect", after=3)
    seen = []
    with pytest.raises(httpx.RemoteProtocolError):
        for chunk in chat(client, stream=True):
            seen.append(chunk.choices[0].delta.content)
    assert seen == ["", "Hello ", "from "]


def test_a_whole_body_whose_connection_closes(client, upstream):
    upstream.default = Behaviour(in_body="disconnect")
    with pytest.raises((openai.APIConnectionError, httpx.RemoteProtocolError)):
        chat(client)


def test_a_stall_ends_when_it_is_released(client, claude, upstream):
    upstream.default = Behaviour(in_body="stall", after=2)
    stream = iter(chat(client, stream=True))
    assert [next(stream).choices[0].delta.content for _ in range(2)] == ["", "Hello "]
    upstream.release()
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "from the upstream."


async def test_a_client_that_leaves_a_stall_is_counted(upstream):
    upstream.default = Behaviour(at_start="stall")
    async with openai.AsyncOpenAI(base_url=upstream.openai_url, api_key="k", max_retries=0) as client:
        with pytest.raises(openai.APITimeoutError):
            await client.chat.completions.create(model="up", messages=MESSAGES, timeout=0.1)
    await asyncio.to_thread(upstream.wait, 1, left=1)


def test_what_does_not_come_is_waited_for_no_longer_than_said(upstream):
    with pytest.raises(TimeoutError, match="0 requests came"):
        upstream.wait(timeout=0.01)


def test_an_error_event_in_a_stream_reaches_the_client_as_one(client, claude, upstream):
    upstream.default = Behaviour(in_body="error", message="overheated")
    with pytest.raises(openai.APIError, match="overheated"):
        list(chat(client, stream=True))
    with pytest.raises(anthropic.APIError, match="overheated"):
        list(message(claude, stream=True))
    *_, last = client.responses.create(model="up", input="x", stream=True)
    assert (last.type, last.message) == ("error", "overheated")  # an event of this API like others


def test_malformed_bodies(client, upstream):
    upstream.default = Behaviour(in_body="malformed")
    with pytest.raises(json.JSONDecodeError):
        list(chat(client, stream=True))
    with pytest.raises((openai.APIError, json.JSONDecodeError)):
        chat(client)


def test_delays_and_pauses(client, upstream):
    upstream.default = Behaviour(text="a b", delay=0.05, pause=0.02)
    begin = time.perf_counter()
    list(chat(client, stream=True))
    assert time.perf_counter() - begin >= 0.05 + 4 * 0.02


def test_what_is_not_there(upstream):
    assert httpx.get(f"{upstream.url}/v1/models").json()["object"] == "list"
    assert httpx.get(f"{upstream.url}/v1/chat/completions").status_code == 404
    assert httpx.post(f"{upstream.url}/v1/audio", json={}).status_code == 404


def test_it_serves_from_a_process_of_its_own(repository):
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.upstream", "0"], cwd=repository, stdout=subprocess.PIPE, text=True
    )
    try:
        url = process.stdout.readline().strip()
        with openai.OpenAI(base_url=f"{url}/v1", api_key="k", max_retries=0) as client:
            assert chat(client, "up?text=far+away").choices[0].message.content == "far away"
    finally:
        process.terminate()
        process.communicate(timeout=5)
