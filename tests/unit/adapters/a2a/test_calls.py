"""A request on its way to an agent and back: the phases, errors in the shape of the binding, and exactly one end."""

import orjson
import pytest
from routeiq_plugin_sdk import Reject
from tests.fakes.tracer import NotingTracer

from routeiq.transport import ReadTimeout

from .conftest import ANSWER, BROKEN, EVENTS, MESSAGE, REST, TASK, Reply, reply, result, rpc, seeing, streamed

UPDATE = {"artifactUpdate": {"taskId": "t", "artifact": {"artifactId": "a", "parts": [{"text": "x"}]}}}


async def test_without_plugins_bytes_pass_as_they_are(ask, agents):
    body = b'{"jsonrpc":"2.0", "id":7, "method":"SendMessage", "params":{"message":{"parts":[]}, "x":1e2}}'
    agents.replies.append(reply(b'{"result" : {"message": {"parts": []}}}', a2a_extensions="e", set_cookie="c=1"))
    got = await ask(body)
    assert (agents.sent[0].body, agents.sent[0].method) == (body, "POST")
    assert got.answer.body == b'{"result" : {"message": {"parts": []}}}'
    assert dict(got.headers) == {"content-type": "application/json", "a2a-extensions": "e"}


@pytest.mark.parametrize("binding", ["rpc", "rest"])
async def test_plugins_see_message_and_answer_and_what_they_make_of_them_takes_their_place(ask, agents, binding):
    seen = []

    async def agent_pre_call(message):
        seen.append(message)
        return {**message, "parts": [{"text": "changed"}]}

    async def agent_post_call(message, result):
        seen.append((message, result))
        return {**result, "parts": [{"text": "CHANGED"}]}

    is_rpc = binding == "rpc"
    agents.replies.append(reply(result({"message": ANSWER}) if is_rpc else {"message": ANSWER, "more": 2}))
    request = rpc() if is_rpc else {"message": MESSAGE, "own": True}
    got = await ask(request, agent_pre_call, agent_post_call, **({} if is_rpc else REST))
    sent = orjson.loads(agents.sent[0].body)
    parameters = sent["params"] if is_rpc else sent
    changed = {**MESSAGE, "parts": [{"text": "changed"}]}
    assert parameters == {"message": changed, "own": True}
    assert seen == [MESSAGE, (changed, ANSWER)]
    answered = {**ANSWER, "parts": [{"text": "CHANGED"}]}
    assert got.body == (result({"message": answered}) if is_rpc else {"message": answered, "more": 2})


async def test_a_key_that_stands_twice_leaves_with_the_value_that_plugins_saw(ask, agents):
    seen = []
    body = b'{"method": "SendMessage", "params": {"message": {"x": "bad"}, "message": {"x": "good"}}}'
    agents.replies.append(reply(b'{"result": {"message": {"x": "bad"}, "message": {"x": "good"}}}'))
    got = await ask(body, *seeing(seen))
    assert seen == [{"x": "good"}, ({"x": "good"}, {"x": "good"})]
    assert b"bad" not in agents.sent[0].body
    assert b"bad" not in got.answer.body


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (rpc("GetTask", id="t"), [({}, TASK)]),
        (rpc("ListTasks"), [({}, TASK), ({}, TASK)]),
        (rpc("CancelTask", id="t"), [({}, TASK)]),
        (rpc("Invent", id="t"), [({}, TASK)]),
        (rpc("CreateTaskPushNotificationConfig", id="t"), []),
    ],
)
async def test_what_other_methods_bring_back_is_judged_too(ask, agents, request_, expected):
    seen = []
    value = {"tasks": [TASK, TASK]} if len(expected) == 2 else TASK if expected else {"id": "1", "url": "https://x"}
    agents.replies.append(reply(result(value)))
    got = await ask(request_, *seeing(seen))
    assert seen == expected
    assert got.body == result(value)


@pytest.mark.parametrize(
    ("request_", "place"),
    [
        (rpc("tasks/send", id="t", message=MESSAGE), {}),  # a version before those that are spoken here
        ({"message": MESSAGE}, {"below": "/further:send"}),
    ],
)
async def test_a_message_is_judged_whatever_method_brings_it(ask, agents, request_, place):
    seen = []
    agents.replies.append(reply(result(TASK) if "method" in request_ else {"task": TASK}))
    await ask(request_, *seeing(seen), **place)
    assert seen == [MESSAGE, (MESSAGE, TASK)]


@pytest.mark.parametrize("below", ["", "/message:send"])
async def test_an_agent_is_not_asked_to_repeat_the_gateways_credentials(ask, agents, below):
    got = await ask(b"", method="TRACE", below=below)
    assert "TRACE" in got.body["error"]["message"]
    assert (got.status, agents.sent) == (405 if below else 200, [])


@pytest.mark.parametrize("value", [{"kind": []}, {"kind": {}}, {"kind": [], "status": {"state": []}}])
async def test_words_that_are_none_are_seen_as_they_are(ask, agents, value):
    seen = []
    agents.replies.append(reply(result(value)))
    assert (await ask(rpc(), *seeing(seen))).body == result(value)
    assert seen[1] == (MESSAGE, value)


async def test_a_task_that_is_fetched_by_http_json_is_judged_too(ask, agents):
    seen = []
    agents.replies.append(reply(TASK))
    await ask(b"", *seeing(seen), method="GET", below="/tasks/t", query=b"historyLength=1")
    assert seen == [({}, TASK)]
    assert agents.sent[0].url == "http://agent.test:9000/base/tasks/t?historyLength=1"


@pytest.mark.parametrize("body", [rpc(text="x"), rpc(message="x"), {**rpc(), "Params": {"message": MESSAGE}}])
async def test_a_message_that_plugins_cannot_see_is_not_sent(ask, agents, body):
    got = await ask(body, *seeing([]))
    assert got.status == 200
    assert got.body["error"]["code"] in (-32602, -32600)
    assert (got.body["id"], agents.sent) == (7, [])


async def test_without_a_plugin_the_agent_says_what_is_wrong_with_it(ask, agents):
    agents.replies.append(reply({"jsonrpc": "2.0", "id": 7, "error": {"code": -32602, "message": "no message"}}))
    got = await ask(rpc(text="x"))
    assert got.body["error"]["message"] == "no message"


@pytest.mark.parametrize("hook", ["agent_pre_call", "agent_post_call"])
async def test_a_refusal_is_an_error_of_the_binding(ask, agents, hook):
    async def refuse(call):
        raise Reject(429, "Slow down.", "too_much", {"retry-after": "9"})

    refuse.__name__ = hook
    agents.replies += [reply(result({"message": ANSWER})), reply({"message": ANSWER})]
    got = await ask(rpc(), refuse)
    assert (got.status, got.headers["retry-after"], got.body["id"]) == (200, "9", 7)
    assert (got.body["error"]["code"], got.body["error"]["message"]) == (-32010, "Slow down.")
    assert got.body["error"]["data"][0]["reason"] == "TOO_MUCH"
    got = await ask({"message": MESSAGE}, refuse, **REST)
    assert (got.status, got.headers["retry-after"]) == (429, "9")
    assert (got.body["error"]["code"], got.body["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert len(agents.sent) == (0 if hook == "agent_pre_call" else 2)


@pytest.mark.parametrize("hook", ["agent_pre_call", "agent_post_call"])
async def test_a_plugins_failure_passes_or_refuses_as_its_mode_says(ask, agents, hook):
    async def fail(call):
        raise RuntimeError("inside")

    fail.__name__ = hook
    for mode, code in (("continue", None), ("quarantine", None), ("abort", -32603)):
        agents.replies[:] = [reply(result({"message": ANSWER}))]
        got = await ask(rpc(), fail, failure_mode=mode)
        assert got.body.get("error", {}).get("code") == code
        assert "inside" not in str(got.body)


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (reply(b"<html>"), 502, "INVALID_AGENT_RESPONSE"),
        (reply([1]), 502, "INVALID_AGENT_RESPONSE"),
        (reply(b""), 502, "INVALID_AGENT_RESPONSE"),
        (reply(b"<html>", 503), 503, "AGENT_FAILED"),
        (reply({"message": {"parts": [], "role": "agent"}}, 500), 500, "AGENT_FAILED"),
        (reply({}, 307), 502, "AGENT_ANSWER_UNUSABLE"),
        (ReadTimeout("http://agent.test", "late"), 504, "AGENT_TIMEOUT"),
    ],
)
async def test_what_an_agent_does_wrong_is_an_error_of_the_binding(ask, agents, answer, status, reason):
    agents.replies += [answer, answer]
    got = await ask(rpc())
    assert (got.status, got.body["id"], got.body["error"]["data"][0]["reason"]) == (200, 7, reason)
    got = await ask({"message": MESSAGE}, **REST)
    assert (got.status, got.body["error"]["details"][0]["reason"]) == (status, reason)


async def test_an_answer_that_breaks_off_is_an_error(ask, agents):
    broken = reply(b"{")
    broken.pieces.append(BROKEN)
    agents.replies.append(broken)
    assert (await ask(rpc())).body["error"]["data"][0]["reason"] == "AGENT_CONNECTION_BROKEN"


async def test_a_problem_in_another_shape_passes_by_http_json(ask, agents):
    agents.replies.append(reply({"type": "TaskNotFound", "message": "no task"}, 404))
    got = await ask(b"", *seeing([]), method="GET", below="/v1/tasks/t")
    assert (got.status, got.body) == (404, {"type": "TaskNotFound", "message": "no task"})


async def test_an_agents_own_error_passes_with_its_status(ask, agents):
    error = {"error": {"code": 404, "status": "NOT_FOUND", "message": "no task", "details": []}}
    agents.replies.append(reply(error, 404))
    got = await ask(b"", *seeing([]), method="GET", below="/tasks/t")
    assert (got.status, got.body) == (404, error)


async def test_a_result_that_a_client_may_read_elsewhere_does_not_leave(ask, agents):
    odd = {**result({"message": ANSWER}), "Result": {"message": {"parts": [{"text": "bad"}]}}}
    agents.replies += [reply(odd), streamed(odd), reply({"id": 7, "error": None, **result({"message": ANSWER})})]
    assert (await ask(rpc(), *seeing([]))).body["error"]["code"] == -32006
    assert (await ask(rpc("SendStreamingMessage"), *seeing([]))).events[0]["error"]["code"] == -32006
    assert (await ask(rpc(), *seeing([]))).body["result"] == {"message": ANSWER}


@pytest.mark.parametrize("value", [None, "text", 7])
async def test_a_result_that_plugins_cannot_see_does_not_leave(ask, agents, value):
    agents.replies += [reply(result(value)), reply(result(value))]
    assert (await ask(rpc(), *seeing([]))).body["error"]["code"] == -32006
    assert (await ask(rpc())).body == result(value)


async def test_what_is_no_call_passes_untouched(ask, agents):
    agents.replies += [reply(b"no JSON", content_type="text/plain"), reply(b"", 204), reply(b"")]
    got = await ask({"x": 1}, *seeing([]), below="/tasks/t/pushNotificationConfigs")
    assert (got.answer.body, got.headers["content-type"]) == (b"no JSON", "text/plain")
    got = await ask(b"", method="DELETE", below="/tasks/t/pushNotificationConfigs/1")
    assert (got.status, got.answer.body) == (204, b"")
    assert (await ask(b"", method="HEAD", below="/tasks/t")).answer.body == b""


async def test_cards_are_rewritten(ask, agents):
    card = {"name": "echo", "supportedInterfaces": [{"url": "http://x/base/rpc", "protocolBinding": "JSONRPC"}]}
    agents.replies += [reply(card), reply(card), reply(result(card)), reply([card])]
    for below in ("/.well-known/agent-card.json", "/extendedAgentCard"):
        got = await ask(b"", method="GET", below=below)
        assert got.body["supportedInterfaces"][0]["url"] == "https://gateway.test/a2a/echo/rpc"
    got = await ask(rpc("GetExtendedAgentCard"))
    assert got.body["result"]["supportedInterfaces"][0]["url"] == "https://gateway.test/a2a/echo/rpc"
    got = await ask(b"", method="GET", below="/.well-known/agent.json")
    assert (got.status, got.body["error"]["details"][0]["reason"]) == (502, "INVALID_AGENT_RESPONSE")


@pytest.mark.parametrize(
    ("body", "answer", "output", "code"),
    [
        (rpc(), reply(result({"message": ANSWER})), ANSWER, None),
        (
            rpc("SendStreamingMessage"),
            streamed(result({"task": TASK}), result(UPDATE)),
            {**TASK, "artifacts": [UPDATE["artifactUpdate"]["artifact"]]},
            None,
        ),
        (rpc("GetTask", id="t"), reply(result(TASK)), TASK, None),
        (rpc(), reply({"id": 7, "error": {"code": -32001, "message": "no"}}), None, "agent_failed"),
        (rpc(), reply(b"<html>"), None, "invalid_agent_response"),
        (rpc(), BROKEN, None, "agent_connection_broken"),
        (rpc("SendStreamingMessage"), streamed(result({"task": TASK}), BROKEN), None, "agent_connection_broken"),
    ],
)
async def test_a_call_ends_once_with_what_was_said_or_what_went_wrong(ask, agents, body, answer, output, code):
    tracer = NotingTracer()
    agents.replies.append(answer)
    await ask(body, tracer=tracer)
    assert tracer.told == [f"begin agent echo {body['method']}", "end agent"]
    ((said, error),) = tracer.ends
    assert (said, getattr(error, "code", None)) == (output, code)


async def test_a_refused_call_says_which_plugin_answered_in_the_agents_place(ask, agents):
    tracer = NotingTracer()

    async def agent_pre_call(call):
        raise Reject(403, "no")

    await ask(rpc(), agent_pre_call, tracer=tracer)
    ((said, error),) = tracer.ends
    assert (said, error.plugin) == (None, "guard")
    assert tracer.traces[0].hooks == [("agent_pre_call", "guard", "rejected")]


async def test_what_is_no_call_is_not_told_of(ask, agents):
    tracer = NotingTracer()
    agents.replies += [reply({"name": "x"}), reply({}), reply({}, 500)]
    await ask(b"", method="GET", below="/.well-known/agent-card.json", tracer=tracer)
    await ask(b"", method="DELETE", below="/tasks/t/pushNotificationConfigs/1", tracer=tracer)
    await ask(rpc("Invent", id="t"), tracer=tracer)
    assert tracer.told == []


async def test_an_agent_is_told_of_the_trace_and_not_of_the_clients_own(ask, agents):
    class Propagating(NotingTracer):
        def remote_began(self, trace, remote):
            remote.trace_context = {"traceparent": "00-ours"}
            return super().remote_began(trace, remote)

    agents.replies += [reply(result({"message": ANSWER})), reply(result({"message": ANSWER}))]
    headers = {"traceparent": "00-theirs", "a2a-version": "1.0"}
    await ask(rpc(), headers=headers)
    await ask(rpc(), headers=headers, tracer=Propagating())
    assert [request.headers["traceparent"] for request in agents.sent] == ["00-theirs", "00-ours"]
    assert agents.sent[1].headers["a2a-version"] == "1.0"


@pytest.mark.parametrize("levels", [110, 400])
async def test_what_is_nested_deeper_than_plugins_could_change_does_not_pass_them(ask, agents, levels):
    nested = b'{"message": {"x": %b1%b}}' % (b"[" * levels, b"]" * levels)
    body = b'{"id": 7, "method": "SendMessage", "params": %b}' % nested
    answer = b'{"id": 7, "result": %b}' % nested
    got = await ask(body, *seeing([]))
    assert (got.body["error"]["code"], agents.sent) == (-32600, [])
    agents.replies += [reply(answer), Reply(200, [b"data: " + answer + b"\n\n"], EVENTS), reply(answer)]
    assert (await ask(rpc(), *seeing([]))).body["error"]["code"] == -32006
    assert (await ask(rpc(), *seeing([]))).events[0]["error"]["code"] == -32006
    assert (await ask(body)).answer.body == answer


async def test_a_card_that_cannot_be_written_anew_is_an_error(ask, agents):
    agents.replies.append(reply(b'{"x": ' + b"[" * 400 + b"]" * 400 + b"}"))
    got = await ask(b"", method="GET", below="/.well-known/agent-card.json")
    assert got.body["error"]["details"][0]["reason"] == "INVALID_AGENT_RESPONSE"
