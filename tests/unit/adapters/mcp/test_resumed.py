"""The stream that a client opens by GET."""

import json

import pytest
from tests.fakes.mcp_relay import event, result

from routeiq.adapters.mcp.resumed import Resumed
from routeiq.adapters.mcp.unanswered import Unanswered
from routeiq.core.dialects.sse import Fragment


@pytest.fixture
def resumed():
    return Resumed("files", b"s", Unanswered())


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
    assert said(await resumed.judged(event(message))) == message


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
    assert said(await resumed.judged(event(message)))["error"]["data"] == {"code": "unchecked_answer"}
    (one,) = said(await resumed.judged(event([message])))
    assert "error" in one


async def test_what_cannot_be_read_does_not_pass(resumed):
    assert await resumed.judged(Fragment(b"data: {}")) == b""
    assert await resumed.judged(b"data: {\n\n") == b""
    assert await resumed.judged(b"id: 1\n\n") == b"id: 1\n\n"
