"""Streamed answers: each event judged, and an end that clients understand."""

import asyncio

import orjson
import pytest
from routeiq_plugin_sdk import Reject
from tests.fakes.tracer import NotingTracer

from routeiq.transport import ReadTimeout

from .conftest import ANSWER, BROKEN, MESSAGE, REST, TASK, frames, result, rpc, seeing, streamed

ARTIFACT = {"artifactId": "a", "parts": [{"text": "x"}]}
STREAM = [{"task": TASK}, {"artifactUpdate": {"taskId": "t", "artifact": ARTIFACT}}]


@pytest.mark.parametrize("binding", ["rpc", "rest"])
async def test_each_event_is_judged_and_may_be_changed(ask, agents, binding):
    seen = []

    async def agent_post_call(call, result):
        seen.append((call.stream, result))
        return {**result, "seen": len(seen)}

    wrap = result if binding == "rpc" else lambda value: value
    agents.replies.append(streamed(b": hello\n\n", *map(wrap, STREAM)))
    stream = {**REST, "below": "/message:stream"}
    body = rpc("SendStreamingMessage") if binding == "rpc" else {"message": MESSAGE}
    got = await ask(body, agent_post_call, **({} if binding == "rpc" else stream))
    assert got.headers["content-type"].startswith("text/event-stream")
    assert got.frames[0] == b": hello\n\n"
    expected = [{name: {**one, "seen": n}} for n, event in enumerate(STREAM, 1) for name, one in event.items()]
    assert [orjson.loads(frame[6:]) for frame in got.frames[1:]] == list(map(wrap, expected))
    assert seen == [(True, one) for event in STREAM for one in event.values()]


async def test_without_plugins_a_stream_passes_byte_by_byte_the_same(ask, agents):
    odd = [b'event: x\r\nid: 1\r\ndata: {"task":\r\ndata: {}}\r\n\r\n', b"data: no JSON\n\n", b"data: {}"]
    agents.replies.append(streamed(*odd))
    got = await ask(rpc("SendStreamingMessage"))
    assert b"".join(got.frames) == b"".join(odd) + b"\n\n"  # what lacks its end is given one


@pytest.mark.parametrize("binding", ["rpc", "rest"])
async def test_a_stream_that_a_plugin_stops_ends_with_an_error_and_the_agent_is_left(ask, agents, binding):
    async def agent_post_call(result):
        if "artifact" in result:
            raise Reject(403, "No more.", "blocked")

    wrap = result if binding == "rpc" else lambda value: value
    agents.replies.append(streamed(*map(wrap, [*STREAM, *STREAM])))
    answer = agents.replies[0]
    body = rpc("SendStreamingMessage") if binding == "rpc" else {"message": MESSAGE}
    got = await ask(body, agent_post_call, **({} if binding == "rpc" else {**REST, "below": "/message:stream"}))
    assert len(got.frames) == 2
    last = got.events[-1]
    if binding == "rpc":
        assert got.frames[-1].startswith(b"data: ")
        assert (last["id"], last["error"]["code"], last["error"]["message"]) == (7, -32010, "No more.")
    else:
        assert got.frames[-1].startswith(b"event: error\n")
        assert (last["error"]["code"], last["error"]["status"]) == (403, "PERMISSION_DENIED")
    assert answer.closed


@pytest.mark.parametrize(
    ("last", "reason"),
    [(BROKEN, "AGENT_CONNECTION_BROKEN"), (ReadTimeout("http://x", "late"), "AGENT_TIMEOUT")],
)
async def test_a_stream_that_breaks_ends_with_an_error_behind_its_last_whole_event(ask, agents, last, reason):
    agents.replies.append(streamed(result(STREAM[0]), b'data: {"half', last))
    got = await ask(rpc("SendStreamingMessage"))
    assert got.events[0] == result(STREAM[0])
    assert got.events[1]["error"]["data"][0]["reason"] == reason
    assert len(got.frames) == 2


@pytest.mark.parametrize(
    "empty", [b"data:\n\n", b"\xef\xbb\xbf: x\n\n", b"data: [DONE]\n\n", b"event: ping\n\n", b": x\n\n"]
)
async def test_an_event_that_says_nothing_passes(ask, agents, empty):
    agents.replies.append(streamed(empty))
    got = await ask(rpc("SendStreamingMessage"), *seeing([]))
    assert got.frames == [empty]


@pytest.mark.parametrize("start", [b"", b": x\n\n", b"\n\n", b"event: x\n"])
async def test_an_answer_that_only_calls_itself_a_stream_does_not_leave(ask, agents, start):
    agents.replies.append(streamed(start + orjson.dumps(result({"message": ANSWER}))))
    got = await ask(rpc(), *seeing([]))
    assert b"-32006" in got.frames[-1]
    assert b"ROLE_AGENT" not in b"".join(got.frames)


async def test_an_error_that_brings_something_along_is_judged(ask, agents):
    seen = []
    agents.replies.append(streamed({"error": {}, "task": TASK}))
    await ask({"message": MESSAGE}, *seeing(seen), **{**REST, "below": "/message:stream"})
    assert seen[1] == (MESSAGE, TASK)


@pytest.mark.parametrize("odd", [b"data: no JSON\n\n", b"data: [1]\n\n", b"data: \xff\n\n", b'data: {"id": 7}\n\n'])
async def test_an_event_that_plugins_cannot_see_does_not_leave(ask, agents, odd):
    agents.replies.append(streamed(odd))
    got = await ask(rpc("SendStreamingMessage"), *seeing([]))
    assert [event["error"]["code"] for event in got.events] == [-32006]


async def test_an_agents_own_error_in_a_stream_passes_and_is_the_calls_failure(ask, agents):
    tracer = NotingTracer()
    error = {"jsonrpc": "2.0", "id": 7, "error": {"code": -32603, "message": "oh"}}
    agents.replies.append(streamed(result(STREAM[0]), error))
    got = await ask(rpc("SendStreamingMessage"), *seeing([]), tracer=tracer)
    assert got.events == [result(STREAM[0]), error]
    assert tracer.told == ["begin agent echo SendStreamingMessage", "end agent"]
    assert tracer.ends[0][1].code == "agent_failed"


async def test_a_stream_instead_of_a_whole_answer_is_judged_as_one(ask, agents):
    seen = []
    agents.replies.append(streamed(result({"message": ANSWER})))
    got = await ask(rpc(), *seeing(seen))
    assert got.events == [result({"message": ANSWER})]
    assert seen[1][1] == ANSWER


async def test_whoever_leaves_has_the_agent_left_too(ask, agents):
    gate = asyncio.Event()
    answer = streamed(result(STREAM[0]))

    async def chunks():
        for piece in frames(result(STREAM[0])):
            yield piece
        await gate.wait()

    answer.chunks = chunks
    agents.replies.append(answer)
    tracer = NotingTracer()
    asking = asyncio.create_task(ask(rpc("SendStreamingMessage"), tracer=tracer))
    while not agents.sent:
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert answer.closed
    assert tracer.told[-1] == "end agent"
    assert isinstance(tracer.ends[0][1], asyncio.CancelledError)


async def test_a_stream_that_is_given_up_before_its_first_event_has_the_agent_left_and_its_call_ended(ask, agents):
    tracer = NotingTracer()
    agents.replies.append(streamed(result(STREAM[0])))
    reply_ = agents.replies[0]
    got = await ask(rpc("SendStreamingMessage"), tracer=tracer, reads=False)
    assert (reply_.closed, tracer.told[-1]) == (False, "begin agent echo SendStreamingMessage")
    for _ in range(2):
        await got.answer.stream.aclose()
    assert (reply_.closed, tracer.told[1:]) == (True, ["end agent"])
    assert isinstance(tracer.ends[0][1], asyncio.CancelledError)


async def test_a_stream_that_was_read_to_its_end_is_closed_without_a_word(ask, agents):
    tracer = NotingTracer()
    agents.replies.append(streamed(result(STREAM[0])))
    got = await ask(rpc("SendStreamingMessage"), tracer=tracer)
    await got.answer.stream.aclose()
    assert tracer.ends == [(TASK, None)]
