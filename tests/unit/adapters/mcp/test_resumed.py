"""The stream that a client opens by GET."""

import json

import pytest
from tests.fakes.mcp_relay import event, result

from routeiq.adapters.mcp.resumed import Resumed
from routeiq.core.dialects.sse import Fragment
from routeiq.core.logging import Activity
from routeiq.core.remote_calls import RemoteError


@pytest.fixture
def resumed():
    return Resumed(lambda message: None, Activity("r"))


def said(frame):
    return json.loads(frame.partition(b"data: ")[2])


@pytest.mark.parametrize(
    "message",
    [
        {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"},
        {"jsonrpc": "2.0", "id": 1, "method": "sampling/createMessage", "params": {}},
        {"jsonrpc": "2.0", "id": 1, "result": {"tools": []}},
        {"jsonrpc": "2.0", "id": 1, "error": {"code": 1}},
    ],
)
async def test_what_is_no_tools_result_passes(resumed, message):
    assert said(await resumed.judged_frame(event(message))) == message


@pytest.mark.parametrize(
    "message",
    [
        result(),
        {"id": 1, "result": {"structuredContent": {}}},
        {"id": 1, "result": {"isError": False}},
        {"id": 1, "Result": {}},
        {"id": 1, "method": "x", "result": {}},
    ],
)
async def test_what_may_be_one_of_an_unknown_call_does_not(resumed, message):
    assert said(await resumed.judged_frame(event(message)))["error"]["data"] == {"code": "unchecked_answer"}
    (one,) = said(await resumed.judged_frame(event([message])))
    assert "error" in one


async def test_what_cannot_be_read_does_not_pass(resumed):
    assert await resumed.judged_frame(Fragment(b"data: {}")) == b""
    assert await resumed.judged_frame(b"data: {\n\n") == b""
    assert await resumed.judged_frame(b"id: 1\n\n") == b"id: 1\n\n"


class Known:
    async def answer_late(self, message, activity):
        return {**message, "result": {"content": []}}


async def test_a_result_within_a_tasks_state_is_judged_too():
    resumed = Resumed(lambda message: Known(), Activity("r"))
    state = {"id": 1, "result": {"taskId": "t", "status": "completed", "result": result()["result"]}}
    expected = {"id": 1, "result": {"taskId": "t", "status": "completed", "result": {"content": []}}}
    assert json.loads(await resumed.judged_body(json.dumps(state).encode())) == expected
    assert json.loads(await resumed.judged_body(json.dumps(result()).encode()))["result"] == {"content": []}
    resumed.note(b"{")
    with pytest.raises(RemoteError):
        await resumed.judged_body(b"{")


async def test_a_refusal_takes_the_place_of_the_whole_response():
    class Refusing:
        async def answer_late(self, message, activity):
            return {"id": 1, "error": {"code": 1}}

    state = {"id": 1, "result": {"result": result()["result"]}}
    judged = await Resumed(lambda message: Refusing(), Activity("r")).judged_body(json.dumps(state).encode())
    assert json.loads(judged) == {"id": 1, "error": {"code": 1}}
