"""POSTs with calls of tools: through plugins, to the server, and back."""

import asyncio

import pytest
from routeiq_plugin_sdk import Reject
from tests.fakes.mcp_relay import CURRENT, META, Sent, answer, call, event, result, stream
from tests.fakes.tracer import NotingTracer

from routeiq.transport import BodyTooLarge, ConnectFailed, ConnectionClosed, ReadTimeout

ORIGIN = "https://files.test"


def tool_pre_call(arguments):
    return {**arguments, "safe": True}


def tool_post_call(result):
    return {**result, "content": [{"type": "text", "text": "checked"}]}


async def test_without_plugins_bytes_pass_as_they_are(world):
    here = await world()
    raw = b'{ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search", "further": [1.0]} }'
    back = b'{"jsonrpc":"2.0","id":1, "result": {"content": [], "own": 1e3}}'
    here.upstream.answers.append(answer(back))
    sent = await here.post(raw)
    assert here.upstream.asked[0]["raw"] == raw
    assert (sent.status, sent.body) == (200, back)


async def test_arguments_and_results_are_what_plugins_make_of_them(world):
    seen = []

    def tool_pre_call(call, server, tool, arguments):
        seen.append((call.kind, call.protocol, call.target, call.method, server, tool, dict(arguments)))
        return {**arguments, "safe": True}

    def tool_post_call(server, tool, arguments, result):
        seen.append((server, tool, dict(arguments), result["content"][0]["text"]))
        return {**result, "content": [{"type": "text", "text": "checked"}]}

    here = await world(tool_pre_call, tool_post_call)
    sent = await here.post(call(_meta={"own": 1}))
    assert here.upstream.asked[0]["body"] == call({"q": "x", "safe": True}, _meta={"own": 1})
    assert sent.document == result("checked")
    assert seen == [
        ("tool", "mcp", "files", "tools/call", "files", "search", {"q": "x"}),
        ("files", "search", {"q": "x", "safe": True}, "found"),
    ]


async def test_an_answer_in_events_is_relayed_event_by_event(world):
    here = await world(tool_post_call)
    progress = {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progress": 1}}
    here.upstream.answers.append(stream(b": ping\n\n", progress, result()))
    sent = await here.post(call())
    assert [message["body"] for message in sent[1:]] == [b": ping\n\n", event(progress), event(result("checked")), b""]
    assert sent.headers == {"content-type": "text/event-stream"}


async def test_progress_passes_before_the_result_is_there(world):
    here, going = await world(tool_post_call), asyncio.Event()
    progress = {"jsonrpc": "2.0", "method": "notifications/progress", "params": {}}
    made = stream()

    async def chunks():
        yield event(progress)
        await going.wait()
        yield event(result())

    class Answer(type(made)):
        __slots__ = ()

        def chunks(self):
            return chunks()

    made.__class__ = Answer
    here.upstream.answers.append(made)
    sent = Sent()
    task = asyncio.ensure_future(here.post(call(), send=sent))
    while len(sent) < 2:
        await asyncio.sleep(0)
    assert sent.events == [progress]
    going.set()
    await task
    assert sent.events == [progress, result("checked")]


async def test_a_refused_call_is_an_error_and_reaches_no_server(world):
    def tool_pre_call():
        raise Reject(429, "Not now.", "too_many", {"retry-after": "7"})

    here = await world(tool_pre_call)
    sent = await here.post(call(id="a"))
    data = {"code": "too_many", "status": 429}
    assert sent.document == {
        "jsonrpc": "2.0",
        "id": "a",
        "error": {"code": -32010, "message": "Not now.", "data": data},
    }
    assert (sent.status, sent.headers["retry-after"]) == (200, "7")
    assert here.upstream.asked == []


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_withheld_result_is_an_error_that_the_model_sees(world, streamed):
    def tool_post_call():
        raise Reject(403, "It held a secret.", "secret")

    here = await world(tool_post_call)
    response = result(resultType="complete", structuredContent={"secret": 1})
    here.upstream.answers.append(stream(response) if streamed else answer(response))
    sent = await here.post(call())
    (document,) = sent.events if streamed else [sent.document]
    assert document["result"] == {
        "resultType": "complete",
        "content": [{"type": "text", "text": "It held a secret."}],
        "isError": True,
        "_meta": {"routeiq/rejected": {"code": "secret", "status": 403}},
    }


@pytest.mark.parametrize("phase", ["tool_pre_call", "tool_post_call"])
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("mode", ["continue", "quarantine", "abort"])
async def test_a_plugin_that_fails_does_as_its_failure_mode_says(world, phase, streamed, mode):
    def hook(call):
        raise RuntimeError("secret")

    hook.__name__ = phase
    here = await world(hook, failure_mode=mode)
    here.upstream.answers.append(stream(result()) if streamed else answer(result()))
    sent = await here.post(call())
    (document,) = sent.events or [sent.document]
    if mode != "abort":
        assert document == result()
        return
    assert document["error"] == {
        "code": -32603, "message": "A plugin of the gateway failed.", "data": {"code": "plugin_failed"},
    }  # fmt: skip
    assert sent.status == (200 if streamed and phase == "tool_post_call" else 500)
    assert bool(here.upstream.asked) is (phase == "tool_post_call")


@pytest.mark.parametrize("phase", ["tool_pre_call", "tool_post_call"])
@pytest.mark.parametrize(("late", "status"), [(True, 504), (False, 500)])
async def test_a_deadline_that_passes_and_a_result_of_a_wrong_type_are_failures_too(world, phase, late, status):
    async def hook(call):
        await asyncio.sleep(60 if late else 0)
        return "wrong"

    hook.__name__ = phase
    here = await world(hook, failure_mode="abort", says={"timeout": 0.01 if late else 30})
    sent = await here.post(call())
    assert (sent.status, sent.document["error"]["data"]) == (status, {"code": "plugin_failed"})


async def test_what_a_plugin_in_audit_mode_decides_is_not_applied(world):
    def tool_pre_call(tool, arguments):
        if tool == "bad":
            raise Reject(403, "No.", "no")
        return {"changed": True}

    def tool_post_call():
        raise Reject(403, "No.", "no")

    here = await world(tool_pre_call, tool_post_call, says={"mode": "audit"})
    for message in (call(), call(tool="bad")):
        assert (await here.post(message)).document == result()
        assert here.upstream.asked[-1]["body"] == message


async def test_what_a_plugin_returns_that_is_no_json_is_its_own_failure(world):
    def tool_pre_call(arguments):
        return {"q": object()}

    here = await world(tool_pre_call)
    await here.post(call())
    assert here.upstream.asked[0]["body"] == call()


async def test_a_result_that_asks_back_is_handed_on_as_it_is(world):
    seen = []

    def tool_post_call(result):
        seen.append(dict(result))

    here = await world(tool_post_call)
    asks = {"jsonrpc": "2.0", "id": 1, "result": {"resultType": "input_required", "inputRequests": {"a": {}}}}
    here.upstream.answers.append(answer(asks))
    assert (await here.post(call())).document == asks
    assert seen == [asks["result"]]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ConnectFailed(ORIGIN, "secret"), 502, "upstream_unreachable"),
        (ReadTimeout(ORIGIN, "secret"), 504, "upstream_timeout"),
        (ConnectionClosed(ORIGIN, "secret", response_started=False), 502, "upstream_connection_broken"),
        (BodyTooLarge(ORIGIN, "secret"), 502, "upstream_answer_too_large"),
        (answer(b"<html>", kind=b"text/html"), 502, "upstream_answer_invalid"),
        (answer(b"<html>", 503, {"retry-after": "9"}, b"text/html"), 503, "upstream_status"),
        (answer(b"moved", 307, {"location": "https://x"}, b"text/plain"), 502, "upstream_redirect"),
        (answer(b"who?", 401, {"www-authenticate": "Bearer"}, b"text/plain"), 502, "upstream_unauthorized"),
        (answer(b"{"), 502, "upstream_answer_invalid"),
        (answer([1]), 502, "upstream_answer_invalid"),
        (answer({"jsonrpc": "2.0", "id": 1, "result": 1}), 502, "upstream_answer_invalid"),
        (answer({"jsonrpc": "2.0", "method": "ping", "result": {}}), 502, "upstream_answer_invalid"),
        (answer({"jsonrpc": "2.0", "id": 1, "Result": {}}), 502, "upstream_answer_invalid"),
        (answer(result(), 200, {"content-encoding": "gzip"}), 502, "upstream_answer_invalid"),
    ],
)
async def test_what_goes_wrong_with_a_server_is_an_error_for_its_call(world, error, status, code):
    tracer = NotingTracer()
    here = await world(tool_post_call, tracer=tracer)
    here.upstream.answers.append(error)
    sent = await here.post(call(id=9))
    assert (sent.status, sent.document["id"], sent.document["error"]["data"]) == (status, 9, {"code": code})
    assert sent.headers["content-type"] == "application/json"
    assert "secret" not in sent.body.decode()
    assert "www-authenticate" not in sent.headers
    assert ("retry-after" in sent.headers) is (status == 503)
    assert tracer.told == ["begin tool files search", "end tool"]
    assert tracer.ends[0][1].code == code


async def test_an_error_of_the_servers_passes_with_its_status(world):
    tracer = NotingTracer()
    here = await world(tool_post_call, tracer=tracer)
    error = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32602, "message": "no such tool"}}
    here.upstream.answers.append(answer(error, 400))
    sent = await here.post(call())
    assert (sent.status, sent.document) == (400, error)
    assert tracer.ends[0][1].code == "-32602"


async def test_a_stream_that_breaks_ends_with_an_error(world):
    here = await world(tool_post_call)
    here.upstream.answers.append(stream(b": ping\n\n", broken=True))
    sent = await here.post(call(id=3))
    (document,) = sent.events
    assert (document["id"], document["error"]["data"]["code"]) == (3, "upstream_connection_broken")
    assert sent[-1] == {"type": "http.response.body", "body": b""}


async def test_a_stream_that_ends_without_a_response_ends_with_an_error(world):
    here = await world()
    here.upstream.answers.append(stream(b": ping\n\n"))
    (document,) = (await here.post(call())).events
    assert document["error"]["data"]["code"] == "upstream_unanswered"


@pytest.mark.parametrize("broken", [False, True])
async def test_a_stream_that_can_be_resumed_ends_as_it_does(world, broken):
    here = await world(tool_post_call)
    here.upstream.answers.append(stream(b"id: 1\ndata: \n\n", broken=broken))
    sent = await here.post(call(), {"mcp-session-id": "s"})
    assert sent.events == []
    assert sent[-1] == {"type": "http.response.body", "body": b""}


async def test_a_client_that_leaves_ends_its_call(world):
    tracer = NotingTracer()
    here = await world(tracer=tracer)
    waiting = asyncio.Event()

    async def hang(body):
        waiting.set()
        await asyncio.Event().wait()

    here.upstream.answers.append(hang)
    task = asyncio.ensure_future(here.post(call()))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert tracer.told == ["begin tool files search", "end tool"]
    assert isinstance(tracer.ends[0][1], asyncio.CancelledError)


async def test_a_server_is_asked_within_its_timeout_and_listened_to_for_ever(world):
    here = await world(timeout=5.0)
    await here.post(call())
    await here.post({"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen"})
    await here.send("GET")
    assert here.upstream.timeouts == [5.0, float("inf"), float("inf")]


async def test_every_call_of_a_batch_is_judged(world):
    def tool_pre_call(tool, arguments):
        if tool == "bad":
            raise Reject(403, "No.", "no")

    here = await world(tool_pre_call, tool_post_call)
    ping = {"jsonrpc": "2.0", "id": 7, "method": "ping"}
    here.upstream.answers.append(answer([result(id=3), {"jsonrpc": "2.0", "id": 7, "result": {}}, result(id="3")]))
    sent = await here.post([call(id=1, tool="bad"), ping, call(id=3)])
    assert here.upstream.asked[0]["body"] == [ping, call(id=3)]
    done, pong, refused = sent.document
    assert (done, pong["id"], refused["id"]) == (result("checked", id=3), 7, 1)
    assert refused["error"]["code"] == -32010


async def test_a_batch_of_refused_calls_is_answered_here_and_in_events_they_come_first(world):
    def tool_pre_call(tool):
        if tool == "bad":
            raise Reject(403, "No.", "no")

    here = await world(tool_pre_call)
    sent = await here.post([call(id=1, tool="bad"), call(id=2, tool="bad")])
    assert [one["id"] for one in sent.document] == [1, 2]
    assert here.upstream.asked == []
    here.upstream.answers.append(stream(result(id=2)))
    sent = await here.post([call(id=1, tool="bad"), call(id=2)])
    assert [one["id"] for one in sent.events] == [1, 2]


PING = {"jsonrpc": "2.0", "id": 7, "method": "ping"}
PONG = {"jsonrpc": "2.0", "id": 7, "result": {}}


@pytest.mark.parametrize("hooks", [(), (tool_post_call,)])
@pytest.mark.parametrize(
    ("rest", "made", "further"),
    [
        (PING, answer([PONG]), [PONG]),
        (PING, stream([PONG]), [[PONG]]),
        ({"jsonrpc": "2.0", "method": "notifications/x"}, answer(b"", 202), []),
    ],
)
async def test_a_refusal_is_told_whatever_else_was_asked(world, hooks, rest, made, further):
    def tool_pre_call():
        raise Reject(403, "No.", "no")

    here = await world(tool_pre_call, *hooks)
    here.upstream.answers.append(made)
    sent = await here.post([call(), rest])
    assert here.upstream.asked[0]["body"] == [rest]
    said = sent.events or sent.document
    assert [one for one in said if "error" not in one] == further
    assert [one["error"]["code"] for one in said if "error" in one] == [-32010]


async def test_a_result_of_another_request_of_a_batch_does_not_pass_the_plugins_by(world):
    here = await world(tool_post_call)
    asked = {"jsonrpc": "2.0", "id": 2, "method": "tasks/result", "params": {"taskId": "t"}}
    here.upstream.answers.append(answer([result(), result("secret", id=2), PONG]))
    sent = await here.post([call(), asked, PING])
    done, withheld, pong = sent.document
    assert (done, pong) == (result("checked"), PONG)
    assert withheld["error"]["data"] == {"code": "unchecked_answer"}


async def test_a_second_response_does_not_pass_the_plugins_by(world):
    seen = []

    def tool_post_call(result):
        seen.append(result)

    here = await world(tool_post_call)
    here.upstream.answers.append(stream(result("one", id=99), result("two"), {"jsonrpc": "2.0", "method": "x"}))
    sent = await here.post(call())
    assert [one.get("id") for one in sent.events] == [99, None]
    assert len(seen) == 1


async def test_the_trace_goes_along_in_headers_and_meta(world):
    class Tracer(NotingTracer):
        def remote_began(self, trace, remote):
            remote.trace_context = {"traceparent": "00-1-2-01"}
            self.attributes = dict(remote.attributes)
            return None

    tracer = Tracer()
    here = await world(tracer=tracer)
    headers = {**CURRENT, "traceparent": "00-0-0-00", "mcp-session-id": "s"}
    await here.post(call(_meta={**META, "progressToken": 5}), headers)
    assert here.upstream.header("traceparent") == "00-1-2-01"
    meta = here.upstream.asked[0]["body"]["params"]["_meta"]
    assert meta == {**META, "progressToken": 5, "traceparent": "00-1-2-01"}
    assert tracer.attributes == {"protocol_version": "2026-07-28", "session_id": "s", "request_id": "1"}


async def test_a_tools_own_error_is_told_without_plugins_too(world):
    tracer = NotingTracer()
    here = await world(tracer=tracer)
    for made in (answer(result(isError=True)), stream(result(isError=True)), answer(b"", 202)):
        here.upstream.answers.append(made)
        await here.post(call())
    assert [output and output["isError"] for output, _ in tracer.ends] == [True, True, None]
    assert tracer.ends[2][1].code == "upstream_unanswered"


SCHEMA = {"properties": {"q": {"type": "string", "x-mcp-header": "Query"}, "n": {"type": "integer"}}}
TOOLS = {"jsonrpc": "2.0", "id": 0, "result": {"tools": [{"name": "search", "inputSchema": SCHEMA}]}}


def shout(arguments):
    return {**arguments, "q": "grüße"}


shout.__name__ = "tool_pre_call"


async def test_parameters_that_are_mirrored_follow_a_change(world):
    here = await world(shout)
    here.upstream.answers += [answer(TOOLS), answer(result()), answer(result())]
    headers = {**CURRENT, "mcp-param-query": "x", "mcp-param-other": "kept"}
    for _ in range(2):
        sent = await here.post(call(_meta=META), headers)
        assert sent.document == result()
    listing, *_ = here.upstream.asked
    assert listing["body"]["method"] == "tools/list"
    assert listing["body"]["params"] == {"_meta": META}
    assert (here.upstream.header("mcp-method", 0), here.upstream.header("mcp-name", 0)) == ("tools/list", None)
    for number in (1, 2):
        assert here.upstream.header("mcp-param-query", number) == "=?base64?Z3LDvMOfZQ==?="
        assert here.upstream.header("mcp-param-other", number) == "kept"
        assert here.upstream.header("mcp-name", number) == "search"


async def test_a_client_that_mirrors_something_else_is_refused(world):
    here = await world(shout)
    here.upstream.answers.append(answer(TOOLS))
    sent = await here.post(call(_meta=META), {**CURRENT, "mcp-param-query": "y"})
    assert (sent.status, sent.document["error"]["code"]) == (400, -32020)


@pytest.mark.parametrize("made", [answer(b"", 500), ConnectFailed(ORIGIN, "x")])
async def test_where_the_server_does_not_say_what_it_mirrors_the_headers_stay(world, made):
    here = await world(shout)
    here.upstream.answers.append(made)
    await here.post(call(_meta=META), {**CURRENT, "mcp-param-query": "x"})
    assert here.upstream.header("mcp-param-query") == "x"


@pytest.mark.parametrize(
    ("created", "method", "fetched"),
    [
        ({"task": {"taskId": "t", "status": "working"}}, "tasks/result", result()["result"]),
        (
            {"resultType": "task", "taskId": "t"},
            "tasks/get",
            {"taskId": "t", "status": "completed", "result": result()["result"]},
        ),
    ],
)
async def test_the_result_of_a_call_that_runs_as_a_task_is_judged_when_it_is_fetched(world, created, method, fetched):
    def tool_post_call(tool, result):
        return {**result, "content": [{"type": "text", "text": f"checked {tool}"}]} if "content" in result else None

    here = await world(tool_post_call)
    here.upstream.answers.append(answer({"jsonrpc": "2.0", "id": 1, "result": created}))
    assert (await here.post(call(task={}))).document["result"] == created
    ask = {"jsonrpc": "2.0", "id": 2, "method": method, "params": {"taskId": "t"}}
    for made in (answer, stream):
        here.upstream.answers.append(made({"jsonrpc": "2.0", "id": 2, "result": fetched}))
        sent = await here.post(ask)
        (document,) = sent.events or [sent.document]
        assert "checked search" in str(document)
        assert "found" not in str(document)
    ask["params"]["taskId"] = "other"
    here.upstream.answers.append(answer({"jsonrpc": "2.0", "id": 2, "result": fetched}))
    assert (await here.post(ask)).document["error"]["data"] == {"code": "unchecked_answer"}


async def test_a_result_does_not_pass_as_the_answer_to_something_else(world):
    here = await world(tool_post_call)
    told = {"jsonrpc": "2.0", "method": "notifications/tasks", "params": {"taskId": "t", "result": result()["result"]}}
    for request in (call(), {"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen"}):
        here.upstream.answers.append(stream(told, {"jsonrpc": "2.0", "id": 1, "result": {}}))
        assert (await here.post(request)).events[0]["params"] == {"taskId": "t"}
    here.upstream.answers += [stream(result(id=5)), answer(b"{", 202), answer({"id": 5, "result": {"tools": []}})]
    listing = {"jsonrpc": "2.0", "id": 5, "method": "tools/list"}
    assert (await here.post(listing)).events[0]["error"]["data"] == {"code": "unchecked_answer"}
    assert (await here.post(call())).body == b""
    assert (await here.post(listing)).document == {"id": 5, "result": {"tools": []}}


async def test_a_mismatch_is_told_to_the_request_that_it_is_of(world):
    here = await world()
    sent = await here.post(call(id=7), {**CURRENT, "mcp-name": "other"})
    assert (sent.status, sent.document["id"], sent.document["error"]["code"]) == (400, 7, -32020)
    assert here.upstream.asked == []
