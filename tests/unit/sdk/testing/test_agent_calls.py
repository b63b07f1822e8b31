"""What a test says of agents, and what it is told."""

import json

import pytest
from routeiq_plugin_sdk import Headers, PluginCapability, PluginMetadata, Reject, hookimpl
from routeiq_plugin_sdk.testing import HarnessResponse, PluginTestHarness, ToolFailure
from routeiq_plugin_sdk.testing.agent_calls import (
    AgentAnswer,
    AgentRequest,
    Agents,
    agent_answers_of,
    agent_body,
    agent_result,
    message_of,
)

MESSAGE = {"messageId": "mock-message", "role": "ROLE_AGENT", "parts": [{"text": "hi there"}]}


def response(*documents, kind="application/json"):
    if kind == "application/json":
        chunks = tuple(json.dumps(one).encode() for one in documents)
    else:
        chunks = tuple(f"data: {json.dumps(one)}\n\n".encode() for one in documents)
    return HarnessResponse(200, Headers.of({"content-type": kind}), chunks)


def test_a_text_is_a_message_and_a_mapping_is_itself():
    assert AgentAnswer("hi there").document() == MESSAGE
    assert AgentAnswer({"id": "t"}).document() == {"id": "t"}
    assert message_of({"parts": []}) == {"parts": []}
    assert message_of("x")["role"] == "ROLE_USER"


def test_a_stream_says_its_result_word_by_word_or_what_it_is_given():
    events = AgentAnswer("hi there").stream()
    assert [next(iter(event)) for event in events] == ["task", "artifactUpdate", "artifactUpdate", "statusUpdate"]
    assert events[2]["artifactUpdate"]["artifact"]["parts"] == [{"text": " there"}]
    given = AgentAnswer(events=["x", {"message": MESSAGE}]).stream()
    assert [next(iter(event)) for event in given] == ["artifactUpdate", "message"]


def test_a_call_is_a_request_of_json_rpc():
    body, headers = agent_body("hello", "SendMessage", {"metadata": {"a": 1}})
    assert body["params"] == {"message": message_of("hello"), "metadata": {"a": 1}}
    assert headers == {"a2a-version": "1.0"}
    assert agent_body("unused", "GetTask", {"id": "t"})[0]["params"] == {"id": "t"}


def test_scripts_come_before_the_default_and_the_calls_own_before_all():
    agents = Agents()
    request = AgentRequest("a", "SendMessage", message_of("hello"), {})
    assert agents.take(request) == "hello"
    agents.default = "always"
    agents.script("one", "two")
    assert agents.take(request, agent_answers_of(["own"])) == "own"
    assert [agents.take(request, agent_answers_of(None)) for _ in range(3)] == ["one", "two", "always"]
    assert len(agents.requests) == 5
    assert list(agent_answers_of({"id": "t"})) == [{"id": "t"}]


def test_a_whole_answer_is_read():
    got = agent_result(response({"id": 1, "result": {"message": MESSAGE}}))
    assert (got.status_code, got.result, got.text, got.error, got.events) == (200, MESSAGE, "hi there", None, ())
    assert got.headers["content-type"] == "application/json"
    assert agent_result(response({"id": 1, "result": {"id": "t"}})).result == {"id": "t"}
    failed = agent_result(response({"id": 1, "error": {"code": -32010, "message": "no"}}))
    assert (failed.result, failed.text, failed.error["message"]) == (None, "", "no")


@pytest.mark.parametrize("stopped", [False, True])
def test_a_stream_is_read(stopped):
    events = AgentAnswer("hi there").stream()
    said = [{"id": 1, "result": event} for event in events]
    said += [{"id": 1, "error": {"code": -32010, "message": "no"}}] if stopped else []
    got = agent_result(response(*said, kind="text/event-stream"))
    assert got.text == "hi there"
    assert list(got.events) == events
    assert (got.result is None, got.error is None) == (stopped, not stopped)


def test_what_is_no_answer_says_nothing():
    got = agent_result(HarnessResponse(502, Headers.of({"content-type": "text/html"}), (b"<html>",)))
    assert (got.result, got.error, got.text) == (None, None, "")


class Guard:
    metadata = PluginMetadata(name="guard", version="1", capabilities={PluginCapability.MIDDLEWARE})

    @hookimpl
    def agent_pre_call(self, message):
        if "secret" in str(message):
            raise Reject(403, "no", "blocked")

    @hookimpl
    def agent_post_call(self, call, result):
        return {**result, "metadata": {"method": call.method}}


async def test_a_harness_calls_agents_through_the_gateway():
    async with PluginTestHarness(Guard(), agents=["travel"]) as harness:
        result = await harness.agent_call("travel", "hello", headers={"x-own": "1"})
        assert (result.text, result.result["metadata"]) == ("hello", {"method": "SendMessage"})
        assert harness.agents.requests[0].headers["x-own"] == "1"
        refused = await harness.agent_call("travel", "a secret")
        assert (refused.status_code, refused.error["message"]) == (200, "no")
        assert harness.called() == ["agent_pre_call", "agent_post_call", "agent_pre_call"]
        streamed = await harness.agent_call("travel", "one two", stream=True)
        assert (streamed.text, len(streamed.events)) == ("one two", 4)
        failed = await harness.agent_call("travel", answer=ToolFailure(0))
        assert failed.error["data"][0]["reason"] == "AGENT_UNREACHABLE"
        rest = {"message": message_of("by HTTP+JSON")}
        response = await harness.send_request("POST", "/a2a/travel/message:send", rest, {"a2a-version": "1.0"})
        assert response.body["message"]["parts"] == [{"text": "by HTTP+JSON"}]


def test_a_harness_calls_them_without_await_too():
    with PluginTestHarness(Guard()) as harness:
        harness.agents.script("scripted")
        assert harness.agent_call().text == "scripted"
        assert harness.agent_call(method="GetTask", params={"id": "t"}, answer={"id": "t"}).result["id"] == "t"
