"""LLM calls as evaluators see them, once they are over."""

import types

from routeiq_plugin_sdk import Deployment, LLMCall, LLMResponse, PluginRequest, Principal, Reject, RemoteCall

from routeiq.core.invocations import llm_invocation, remote_invocation


def logical(**call):
    messages = [{"role": "user", "content": "hi"}]
    made = LLMCall("c1", "messages", "asked", stream=True, **call)
    return types.SimpleNamespace(call=made, model="used", deployment=None, messages=messages, began=1)


def test_an_answered_call_has_its_answer_and_where_it_came_from():
    request = PluginRequest.mock(id="r1", principal=Principal("me"))
    one, answer = logical(request=request), LLMResponse.mock()
    one.deployment = Deployment("used:1", "used", "up")
    one.call.attempts = 2
    made = llm_invocation(one, answer, None)
    assert (made.kind, made.id, made.target, made.name) == ("llm", "c1", "used", "messages")
    assert (made.input, made.output, made.error) == (one.messages, answer, None)
    assert (made.principal, made.request_id) == (Principal("me"), "r1")
    assert made.duration_ms > 0
    assert made.metadata == {
        "protocol": "llm", "stream": True, "aborted": False, "answered_by": None, "attempts": 2,
        "deployment": "used:1", "failure": None,
    }  # fmt: skip


def test_a_failed_call_has_why():
    made = llm_invocation(logical(), None, Reject(403, "no", "forbidden"))
    assert (made.output, made.error, made.request_id) == (None, "Reject: no", None)
    assert (made.metadata["failure"], made.metadata["deployment"]) == ("rejected", None)


def test_a_call_of_a_tool_has_what_was_sent_and_answered():
    call = RemoteCall.mock(target="files")
    remote = types.SimpleNamespace(call=call, name="read", input={"path": "a"}, output={"isError": False}, seconds=0.5)
    made = remote_invocation(remote, None, None)
    assert (made.kind, made.id, made.target, made.name) == ("tool", "mock-call", "files", "read")
    assert (made.input, made.output, made.error, made.duration_ms) == ({"path": "a"}, {"isError": False}, None, 500)
    assert made.metadata == {
        "protocol": "mcp", "method": "tools/call", "stream": False, "aborted": False, "answered_by": None,
        "failure": None,
    }  # fmt: skip


def test_a_call_of_an_agent_that_failed_has_why():
    remote = types.SimpleNamespace(call=RemoteCall.mock("agent"), name="SendMessage", input={}, output=None, seconds=0)
    made = remote_invocation(remote, ValueError("gone"), "internal")
    assert (made.kind, made.output, made.error, made.metadata["failure"]) == (
        "agent",
        None,
        "ValueError: gone",
        "internal",
    )
