"""LLM calls through the gateway over sockets: every phase once, whatever happens to the call."""

import asyncio
import dataclasses
import json

import httpx
import openai
import pytest
from routeiq_plugin_sdk import LLMResponse, Reject, hookimpl

MESSAGES = [{"role": "user", "content": "hi you"}]


def recording(plugin, **bodies):
    """Return a plugin of all LLM and routing hooks, and the list in which it notes their calls."""
    calls = []

    def note(name, **more):
        calls.append((name, more))

    async def pre_routing(call, models):
        note("pre_routing", models=[one.name for one in models])

    async def llm_pre_call(call, model, messages, kwargs):
        note("llm_pre_call", model=model, messages=messages, kwargs=dict(kwargs))
        if "llm_pre_call" in bodies:
            return bodies["llm_pre_call"](call, model, messages, kwargs)

    async def post_routing(call, deployment):
        note("post_routing", deployment=deployment.name)

    async def attempt_failed(call, deployment, exception, attempt):
        note("attempt_failed", status=exception.status_code, attempt=attempt)
        if "attempt_failed" in bodies:
            return bodies["attempt_failed"](attempt)

    async def llm_stream_chunk(call, chunk, is_final):
        note("llm_stream_chunk", text=chunk.text, is_final=is_final)
        if "llm_stream_chunk" in bodies:
            return bodies["llm_stream_chunk"](chunk, is_final)

    async def llm_success(call, model, response):
        note("llm_success", response=response, call=call)

    async def llm_failure(call, exception):
        note("llm_failure", exception=exception, call=call)

    async def response(response):
        note("response", status=response.status_code, aborted=response.aborted)

    hooks = [pre_routing, llm_pre_call, post_routing, attempt_failed, llm_success, llm_failure, response]
    if bodies.get("chunks", True):
        hooks.append(llm_stream_chunk)
    return plugin("recorder", *hooks), calls


def named(calls, name):
    return [more for one, more in calls if one == name]


def names(calls):
    return [name for name, _ in calls if name not in ("llm_stream_chunk",)]


async def test_a_whole_answer_passes_byte_for_byte_and_each_phase_fires_once(
    gateway, upstream, plugin, models, replies
):
    recorder, calls = recording(plugin)
    one = await gateway(recorder, settings={"model_list": models(upstream, "up")})
    body = json.dumps({"model": "up", "messages": MESSAGES, "odd": [1, 2.50]}).encode()
    raw = json.dumps(replies.completion("hello"), indent=3).encode()
    upstream.replies.append(replies.respond(200, raw, {"x-ratelimit-remaining-requests": "7"}))
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{one.url}/v1/chat/completions", content=body)
    assert upstream.requests[0].raw == body
    assert upstream.requests[0].headers["authorization"] == "Bearer key-7"
    assert answer.content == raw
    assert answer.headers["x-ratelimit-remaining-requests"] == "7"
    assert names(calls) == ["pre_routing", "llm_pre_call", "post_routing", "llm_success", "response"]
    success = named(calls, "llm_success")[0]["response"]
    assert (success.text, success.finish_reason, success.usage.total_tokens, success.cost) == ("hello", "stop", 5, None)
    assert named(calls, "llm_pre_call")[0]["kwargs"] == {"odd": [1, 2.5]}


async def test_a_stream_passes_unbuffered_and_is_assembled_with_usage_that_the_client_did_not_ask_for(
    gateway, upstream, plugin, models, replies
):
    recorder, calls = recording(plugin, chunks=False)
    settings = {"model_list": models(upstream, input_cost_per_token=0.5, output_cost_per_token=2.0)}
    one = await gateway(recorder, settings=settings)
    gate = asyncio.Event()
    upstream.replies.append(replies.stream("one ", "two", gate=gate))
    async with one.client() as client:
        answer = await client.chat.completions.create(model="fast", messages=MESSAGES, stream=True)
        parts = []
        async for part in answer:
            assert part.usage is None
            if part.choices[0].delta.content:
                parts.append(part.choices[0].delta.content)
                gate.set()  # the second chunk is only made once the first one has arrived
    assert parts == ["one ", "two"]
    assert upstream.requests[0].body["stream_options"] == {"include_usage": True}
    assert upstream.requests[0].body["model"] == "up"
    success = named(calls, "llm_success")[0]["response"]
    assert (success.text, success.usage.prompt_tokens, success.usage.estimated, success.cost) == (
        "one two",
        2,
        False,
        7.0,
    )
    assert names(calls) == ["pre_routing", "llm_pre_call", "post_routing", "llm_success", "response"]


@pytest.mark.parametrize("asks_usage", [True, False])
async def test_a_stream_that_nobody_looks_into_is_the_upstreams_bytes(gateway, upstream, models, replies, asks_usage):
    one = await gateway(settings={"model_list": models(upstream, "up")})
    options = {"stream_options": {"include_usage": True}} if asks_usage else {}
    usage = {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}
    body = json.dumps({"model": "up", "stream": True, "messages": MESSAGES, **options}).encode()
    upstream.replies.append(replies.stream("a", "b"))
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{one.url}/v1/chat/completions", content=body)
    frames = [
        replies.delta("", role="assistant"),
        replies.delta("a"),
        replies.delta("b"),
        replies.delta(finish_reason="stop"),
        *([{**replies.delta(), "choices": [], "usage": usage}] if asks_usage else []),
        "[DONE]",
    ]
    assert answer.content == b"".join(replies.event(frame).split(b"\r\n", 1)[1][:-2] for frame in frames)
    # What tokens the metrics count is asked for on the gateway's behalf, where the client does not ask itself.
    assert (upstream.requests[0].raw == body) is asks_usage
    assert upstream.requests[0].body["stream_options"] == {"include_usage": True}


async def test_chunks_are_changed_swallowed_and_added(gateway, upstream, plugin, models, replies):
    def change(chunk, is_final):
        if is_final:
            return dataclasses.replace(chunk, kind="text", text="!")
        return dataclasses.replace(chunk, text="" if chunk.text == "b" else chunk.text.upper())

    recorder, calls = recording(plugin, llm_stream_chunk=change)
    one = await gateway(recorder, settings={"model_list": models(upstream)})
    upstream.replies.append(replies.stream("a", "b", "c"))
    async with one.client() as client:
        answer = await client.chat.completions.create(
            model="fast", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
        )
        parts = [part async for part in answer]
    texts = [part.choices[0].delta.content or "" for part in parts if part.choices]
    assert "".join(texts) == "AC!"
    reasons = [part.choices[0].finish_reason for part in parts if part.choices]
    assert reasons[-1] == "stop"
    assert reasons.count("stop") == 1
    assert [part.usage.total_tokens for part in parts if part.usage] == [5]
    assert named(calls, "llm_success")[0]["response"].text == "AC!"
    finals = [more["is_final"] for more in named(calls, "llm_stream_chunk")]
    assert finals.count(True) == 1
    assert finals[-1]


async def test_overrides_reach_the_upstream_in_the_apis_own_form(gateway, upstream, plugin, models):
    def override(call, model, messages, kwargs):
        return {
            "model": "other",
            "temperature": 0.5,
            "messages": [*messages, {"role": "user", "content": "more"}],
            "extra_headers": {"x-trace": "t1"},
        }

    recorder, calls = recording(plugin, llm_pre_call=override)
    one = await gateway(recorder, settings={"model_list": models(upstream, "fast", "other")})
    async with one.client() as client:
        await client.chat.completions.create(model="fast", messages=MESSAGES, max_tokens=9)
    sent = upstream.requests[0].body
    assert (sent["temperature"], sent["max_tokens"], [m["content"] for m in sent["messages"]]) == (
        0.5,
        9,
        ["hi you", "more"],
    )
    assert "extra_headers" not in sent
    assert upstream.requests[0].headers["x-trace"] == "t1"
    assert named(calls, "post_routing")[0]["deployment"].startswith("other")


@pytest.mark.parametrize("stream", [False, True])
async def test_a_plugin_answers_itself(gateway, upstream, plugin, models, stream):
    recorder, calls = recording(plugin, llm_pre_call=lambda *_: LLMResponse(text="from the cache"))
    one = await gateway(recorder, settings={"model_list": models(upstream)})
    async with one.client() as client:
        answer = await client.chat.completions.create(model="fast", messages=MESSAGES, stream=stream)
        if stream:
            text = "".join([part.choices[0].delta.content or "" async for part in answer if part.choices])
        else:
            text = answer.choices[0].message.content
    assert text == "from the cache"
    assert upstream.requests == []
    assert names(calls) == ["pre_routing", "llm_pre_call", "llm_success", "response"]
    assert named(calls, "llm_success")[0]["call"].answered_by == "recorder"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_reject_reaches_the_client_as_its_sdks_error(gateway, upstream, plugin, models, stream):
    def refuse(*_):
        raise Reject(429, "over budget", "budget", {"retry-after": "9"})

    recorder, calls = recording(plugin, llm_pre_call=refuse)
    one = await gateway(recorder, settings={"model_list": models(upstream)})
    async with one.client() as client:
        with pytest.raises(openai.RateLimitError, match="over budget") as caught:
            await client.chat.completions.create(model="fast", messages=MESSAGES, stream=stream)
    assert caught.value.code == "budget"
    assert caught.value.response.headers["retry-after"] == "9"
    assert names(calls) == ["pre_routing", "llm_pre_call", "llm_failure", "response"]
    assert isinstance(named(calls, "llm_failure")[0]["exception"], Reject)


async def test_a_reject_in_mid_stream_ends_it_with_the_dialects_error_event(gateway, upstream, plugin, models, replies):
    def stop(chunk, is_final):
        if chunk.text == "bad":
            raise Reject(403, "not this", "blocked")

    recorder, calls = recording(plugin, llm_stream_chunk=stop)
    one = await gateway(recorder, settings={"model_list": models(upstream)})
    upstream.replies.append(replies.stream("good", "bad", "never"))
    async with one.client() as client:
        answer = await client.chat.completions.create(model="fast", messages=MESSAGES, stream=True)
        seen = []
        with pytest.raises(openai.APIError, match="not this"):
            async for part in answer:
                seen.append(part.choices[0].delta.content)
    assert "good" in seen
    assert "bad" not in seen
    assert names(calls)[-2:] == ["llm_failure", "response"]
    assert not named(calls, "llm_success")


async def test_failed_attempts_are_repeated_then_another_deployment_answers(gateway, upstream, plugin, models, replies):
    recorder, calls = recording(plugin)
    settings = {"model_list": models(upstream, "fast", "fast"), "router_settings": {"num_retries": 3}}
    one = await gateway(recorder, settings=settings)
    busy = [replies.respond(status, {"error": {"message": "x"}}) for status in (500, 503)]
    upstream.replies += [*busy, replies.answer("third")]
    async with one.client() as client:
        answer = await client.chat.completions.create(model="fast", messages=MESSAGES)
    assert answer.choices[0].message.content == "third"
    assert len({more["deployment"] for more in named(calls, "post_routing")}) == 2
    assert len(named(calls, "post_routing")) == 3
    assert [more["status"] for more in named(calls, "attempt_failed")] == [500, 503]
    assert len(named(calls, "llm_success")) == 1
    assert not named(calls, "llm_failure")


async def test_a_plugin_decides_about_a_failed_attempt(gateway, upstream, plugin, models, replies):
    recorder, calls = recording(plugin, attempt_failed=lambda attempt: "stop")
    one = await gateway(recorder, settings={"model_list": models(upstream, "fast", "fast")})
    upstream.replies += [replies.respond(503, {"error": {"message": "busy", "code": "busy"}}, {"retry-after": "3"})]
    async with one.client() as client:
        with pytest.raises(openai.InternalServerError, match="busy") as caught:
            await client.chat.completions.create(model="fast", messages=MESSAGES)
    assert caught.value.response.headers["retry-after"] == "3"
    assert len(upstream.requests) == 1
    assert len(named(calls, "llm_failure")) == 1


async def test_the_upstreams_refusal_reaches_the_client_as_it_is(gateway, upstream, models, replies):
    one = await gateway(settings={"model_list": models(upstream)})
    upstream.replies.append(
        replies.respond(422, {"error": {"message": "too odd", "code": "odd", "type": "t", "param": "p"}})
    )
    async with one.client() as client:
        with pytest.raises(openai.UnprocessableEntityError) as caught:
            await client.chat.completions.create(model="fast", messages=MESSAGES)
    assert (caught.value.code, caught.value.param) == ("odd", "p")
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("disconnect", 502),
        ("hang", 504),
        (b"no http at all\r\n\r\n", 502),
        ((200, b"[1, 2"), 502),
        ((500, b"<html>"), 500),
    ],
)
async def test_an_upstream_that_makes_no_sense_is_one_clear_error(
    gateway, upstream, plugin, models, replies, reply, status
):
    recorder, calls = recording(plugin)

    async def garbage(request, writer):
        writer.write(reply)
        await writer.drain()
        writer.close()

    if isinstance(reply, str):
        upstream.default = getattr(replies, reply)
    else:
        upstream.default = garbage if isinstance(reply, bytes) else replies.respond(*reply)
    one = await gateway(recorder, settings={"model_list": models(upstream, timeout=0.2, num_retries=0)})
    async with one.client() as client:
        with pytest.raises(openai.APIStatusError) as caught:
            await client.chat.completions.create(model="fast", messages=MESSAGES)
    assert caught.value.status_code == status
    assert caught.value.body["message"]
    assert names(calls)[-2:] == ["llm_failure", "response"]
    assert not named(calls, "llm_success")


@pytest.mark.parametrize("chunks", [False, True])
async def test_a_stream_that_breaks_upstream_ends_with_an_error_event(
    gateway, upstream, plugin, models, replies, chunks
):
    recorder, calls = recording(plugin, chunks=chunks)
    one = await gateway(recorder, settings={"model_list": models(upstream)})
    upstream.replies.append(replies.stream("half", then=replies.disconnect))
    async with one.client() as client:
        answer = await client.chat.completions.create(model="fast", messages=MESSAGES, stream=True)
        with pytest.raises(openai.APIError):
            [part async for part in answer]
    assert names(calls)[-2:] == ["llm_failure", "response"]
    assert not named(calls, "llm_success")


async def test_a_client_that_leaves_in_mid_stream_cancels_the_upstream_and_is_a_success_with_what_there_was(
    gateway, upstream, plugin, models, replies, eventually
):
    recorder, calls = recording(plugin)
    one = await gateway(recorder, settings={"model_list": models(upstream)})
    upstream.replies.append(replies.stream(*["tick "] * 400, pause=0.01))
    async with one.client() as client:
        answer = await client.chat.completions.create(model="fast", messages=MESSAGES, stream=True)
        async for part in answer:
            if part.choices[0].delta.content:
                break
        await answer.close()
    await eventually(lambda: named(calls, "response"))
    await eventually(lambda: upstream.left == 1)
    success = named(calls, "llm_success")[0]
    assert success["call"].aborted
    assert success["response"].text.startswith("tick")
    assert named(calls, "response") == [{"status": 200, "aborted": True}]
    assert not named(calls, "llm_failure")


async def test_a_client_that_leaves_before_the_answer_is_a_failure_by_cancellation(
    gateway, upstream, plugin, models, replies, eventually
):
    recorder, calls = recording(plugin)
    one = await gateway(recorder, settings={"model_list": models(upstream)})
    upstream.default = replies.hang
    async with one.client(timeout=0.15) as client:
        with pytest.raises(openai.APITimeoutError):
            await client.chat.completions.create(model="fast", messages=MESSAGES)
    await eventually(lambda: named(calls, "response"))
    await eventually(lambda: upstream.left == 1)
    assert isinstance(named(calls, "llm_failure")[0]["exception"], asyncio.CancelledError)
    assert named(calls, "response")[0]["aborted"]
    assert len(named(calls, "llm_failure")) == 1
    assert not named(calls, "llm_success")


async def test_an_unknown_model_is_404_and_a_failure(gateway, upstream, plugin, models):
    recorder, calls = recording(plugin)
    one = await gateway(recorder, settings={"model_list": models(upstream)})
    async with one.client() as client:
        with pytest.raises(openai.NotFoundError, match="nowhere"):
            await client.chat.completions.create(model="nowhere", messages=MESSAGES)
    assert names(calls) == ["pre_routing", "llm_pre_call", "llm_failure", "response"]


async def test_pre_routing_chooses_a_model_or_a_deployment(gateway, upstream, plugin, models):
    wanted = ["slow"]

    async def pre_routing(models):
        return wanted[0]

    seen = []

    async def post_routing(deployment):
        seen.append(deployment.name)

    settings = {"model_list": models(upstream, "fast", "slow")}
    settings["model_list"][0]["model_info"] = {"id": "the-one"}
    one = await gateway(plugin("router", pre_routing, post_routing), settings=settings)
    async with one.client() as client:
        for wanted[0] in ("slow", "the-one", "nothing-of-the-kind"):
            await client.chat.completions.create(model="slow", messages=MESSAGES)
    assert seen[1] == "the-one"
    assert seen[0] == seen[2] != "the-one"
    assert one.manager.statistics()[0]["errors"] == 1


async def test_completions_and_responses_work_over_an_upstream_that_only_chats(
    gateway, upstream, plugin, models, replies
):
    recorder, calls = recording(plugin)
    one = await gateway(recorder, settings={"model_list": models(upstream)})

    async def chat_only(request, writer):
        known = request.path == "/v1/chat/completions"
        await (replies.answer("it works") if known else replies.respond(404, {"detail": "Not Found"}))(request, writer)

    upstream.default = chat_only
    async with one.client() as client:
        for _ in range(2):
            assert (await client.completions.create(model="fast", prompt="abc")).choices[0].text == "it works"
            assert (await client.responses.create(model="fast", input="abc")).output_text == "it works"
        streamed = await client.responses.create(model="fast", input="abc", stream=True)
        events = [event async for event in streamed]
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text.strip() == "it works"
    assert [event.sequence_number for event in events] == list(range(len(events)))
    # The addresses that the upstream does not have were asked for once.
    assert [request.path for request in upstream.requests].count("/v1/responses") == 1
    assert [request.path for request in upstream.requests].count("/v1/completions") == 1
    assert len(named(calls, "llm_success")) == 5
    assert len(named(calls, "post_routing")) == 5


@pytest.mark.parametrize("mode", ["continue", "abort", "quarantine"])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", ["raises", "hangs", "wrong", "cancels"])
@pytest.mark.parametrize(
    "phase",
    ["pre_routing", "llm_pre_call", "post_routing", "llm_stream_chunk", "llm_success", "response_headers", "response"],
)
async def test_every_fault_in_every_phase_and_mode_gives_the_answer_or_one_clear_error(
    gateway, upstream, plugin, models, replies, phase, fault, stream, mode
):
    async def hook():
        if fault == "raises":
            raise ValueError("secret-reason")
        if fault == "hangs":
            await asyncio.sleep(10)
        if fault == "cancels":
            raise asyncio.CancelledError
        return 7 if phase not in ("post_routing", "llm_success", "response") else None

    hook.__name__ = phase
    ends, responses = [], []

    async def llm_success(call):
        ends.append("success")

    async def llm_failure(call):
        ends.append("failure")

    async def response(response):
        responses.append(response.status_code)

    faulty = plugin("faulty", hookimpl(timeout=0.02)(hook), failure_mode=mode, priority=1)
    witness = plugin("witness", llm_success, llm_failure, response, priority=2)
    one = await gateway(faulty, witness, settings={"model_list": models(upstream)})
    upstream.default = replies.answer("fine")
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"{one.url}/v1/chat/completions", json={"model": "fast", "messages": MESSAGES, "stream": stream}
        )
    fires = phase != "llm_stream_chunk" or stream
    faults = fault != "wrong" or phase not in ("post_routing", "llm_success", "response")
    closes = mode == "abort" and fires and faults and phase not in ("llm_success", "response")
    if closes and phase == "llm_stream_chunk":
        assert answer.status_code == 200
        assert "error" in answer.text
        assert ends == ["failure"]
    elif closes:
        assert answer.status_code == (504 if fault == "hangs" else 500)
        assert answer.json()["error"]["message"]
        assert ends == (["failure"] if phase != "response_headers" else ["success"])
    else:
        assert answer.status_code == 200
        assert "fine" in answer.text
        assert "error" not in answer.text
        assert ends == ["success"]
    assert "secret-reason" not in answer.text
    assert len(responses) == 1


async def test_bad_requests_are_explained_in_openais_shape(gateway):
    one = await gateway()
    async with httpx.AsyncClient(base_url=one.url) as client:
        for path in ("chat/completions", "completions", "embeddings", "responses"):
            for body in (b"{", b"[]", b"\xff\xfe", b'{"model": 7}', b'{"messages": []}', b"", b'{"model": "echo"}'):
                answer = await client.post(f"/v1/{path}", content=body)
                assert answer.status_code == 400, (path, body)
                assert answer.json()["error"]["message"]
        assert (await client.get("/v1/chat/completions")).status_code == 405
        assert (await client.post("/v1/nothing", content=b"{}")).status_code == 404
        assert (await client.get("/v1/models/echo")).json()["id"] == "echo"
        assert (await client.get("/v1/models/none")).status_code == 404


async def test_500_streams_at_once_leave_no_connection_behind(gateway, upstream, plugin, models, replies, eventually):
    recorder, calls = recording(plugin)
    one = await gateway(recorder, settings={"model_list": models(upstream)})
    upstream.default = replies.stream("a ", "b")
    limits = httpx.Limits(max_connections=500)
    async with httpx.AsyncClient(base_url=one.url, limits=limits, timeout=30) as client:
        body = {"model": "fast", "messages": MESSAGES, "stream": True}
        answers = await asyncio.gather(*(client.post("/v1/chat/completions", json=body) for _ in range(500)))
    assert {answer.status_code for answer in answers} == {200}
    assert all(answer.text.endswith("data: [DONE]\n\n") for answer in answers)
    await eventually(lambda: len(named(calls, "response")) == 500)
    assert len(named(calls, "llm_success")) == 500
    await one.app.service.close()
    await eventually(lambda: upstream.open == 0)
