"""The agents of a harness."""

from collections import deque

import orjson
import pytest
from routeiq_plugin_sdk import Headers
from routeiq_plugin_sdk.testing import AgentAnswer, Agents, ToolFailure

from routeiq.testing.agents import ScriptedAgent, own_agent_answers
from routeiq.transport import ConnectFailed, ConnectionClosed, Target

URL = "https://helper.test/a2a"
MESSAGE = {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "hello there"}]}
CALL = {"jsonrpc": "2.0", "id": 7, "method": "SendMessage", "params": {"message": MESSAGE}}
TASK = {"id": "t", "status": {"state": "TASK_STATE_COMPLETED"}}


@pytest.fixture
def helper():
    """helper(document, below, method) -> status, type, body; with `agents`."""
    agents = Agents()
    agent = ScriptedAgent("helper", URL, agents)

    async def ask(document=CALL, below="", method="POST"):
        target = Target.parse(URL + below)
        found = agent.below(target)
        body = orjson.dumps(document) if document is not None else b""
        response = await agent.answer(target, found, method, body, Headers.of({"x-own": "y"}))
        return response.status, dict(response.headers)[b"content-type"], await response.read()

    ask.agents, ask.agent = agents, agent
    return ask


def test_an_address_below_its_own_is_the_agents(helper):
    assert helper.agent.below(Target.parse(f"{URL}/tasks/1?x=y")) == "/tasks/1"
    assert helper.agent.below(Target.parse(URL)) == ""
    assert helper.agent.below(Target.parse("https://helper.test/a2ax")) is None
    assert helper.agent.below(Target.parse("https://other.test/a2a")) is None


async def test_an_agent_echoes_what_it_is_told_in_either_binding(helper):
    status, kind, body = await helper()
    assert (status, kind) == (200, b"application/json")
    assert orjson.loads(body)["result"]["message"]["parts"] == [{"text": "hello there"}]
    rest = orjson.loads((await helper({"message": MESSAGE}, "/message:send"))[2])
    assert rest["message"]["parts"] == [{"text": "hello there"}]
    request = helper.agents.requests[0]
    assert (request.agent, request.method, request.message, request.text) == (
        "helper", "SendMessage", MESSAGE, "hello there",
    )  # fmt: skip
    assert request.headers["x-own"] == "y"


async def test_a_stream_says_it_word_by_word(helper):
    _, kind, body = await helper({**CALL, "method": "SendStreamingMessage"})
    assert kind == b"text/event-stream"
    assert body.count(b"data: ") == 4
    helper.agents.script(AgentAnswer(events=["x"]), AgentAnswer(breaks=True))
    assert b'"text":"x"' in (await helper({"message": MESSAGE}, "/message:stream"))[2]
    with pytest.raises(ConnectionClosed):
        await helper({**CALL, "method": "SendStreamingMessage"})


async def test_a_task_is_one_wherever_it_is_asked_for(helper):
    helper.agents.default = TASK
    assert orjson.loads((await helper())[2])["result"] == {"task": TASK}
    assert orjson.loads((await helper({"id": 1, "method": "GetTask"}))[2])["result"] == TASK
    assert orjson.loads((await helper(None, "/tasks/t", "GET"))[2]) == TASK


async def test_functions_and_a_calls_own_answers_come_first(helper):
    async def late(request):
        return request.method

    helper.agents.script(late, lambda request: AgentAnswer("now"))
    token = own_agent_answers.set(deque(["own"]))
    try:
        assert b"own" in (await helper())[2]
    finally:
        own_agent_answers.reset(token)
    assert b"SendMessage" in (await helper())[2]
    assert b"now" in (await helper())[2]


async def test_failures_are_what_the_test_says(helper):
    helper.agents.script(ToolFailure(), ToolFailure(404, 5), ToolFailure(503, None, "busy"), ToolFailure(0))
    assert orjson.loads((await helper())[2])["error"]["code"] == -32603
    assert orjson.loads((await helper(None, "/tasks/t", "GET"))[2])["error"]["code"] == 5
    assert await helper() == (503, b"text/plain", b"busy")
    with pytest.raises(ConnectFailed):
        await helper()


async def test_it_has_a_card(helper):
    card = orjson.loads((await helper(None, "/.well-known/agent-card.json", "GET"))[2])
    assert [one["url"] for one in card["supportedInterfaces"]] == [URL, URL]
