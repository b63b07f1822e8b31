"""One call of a tool, and its one end."""

import asyncio
import types

import pytest
from routeiq_plugin_sdk import RemoteCall
from tests.fakes.mcp_relay import call, result
from tests.fakes.tracer import NotingTracer

from routeiq.adapters.mcp.tool_calls import ToolCall, tool_and_arguments, without_result
from routeiq.core.jsonrpc import RPCError
from routeiq.core.logging import Activity
from routeiq.core.remote_calls import LogicalRemoteCall, RemoteError


@pytest.fixture
def begun():
    """begun() -> (call, tracer): without plugins."""

    async def begin(**params):
        tracer = NotingTracer()
        plans = types.SimpleNamespace(tracer=tracer, evaluation=None, tool_pre_call=None, tool_post_call=None)
        message = call(**params)
        activity = Activity("r")
        activity.plans = plans
        logical = LogicalRemoteCall(plans, activity, RemoteCall.mock(), "search", message["params"]["arguments"])
        one = ToolCall(message, logical)
        assert await one.ask_plugins() is None
        return one, tracer

    return begin


async def test_a_message_without_arguments_has_none():
    assert tool_and_arguments({"id": 1, "params": {"name": "x"}}) == ("x", {})
    with pytest.raises(RPCError, match="needs an id"):
        tool_and_arguments({"params": {"name": "x"}})


async def test_a_message_that_nobody_changed_stays(begun):
    one, _ = await begun()
    assert one.message() == call()
    one.logical.trace_context = {"traceparent": "t"}
    assert one.message()["params"]["_meta"] == {"traceparent": "t"}
    one.original["params"]["_meta"] = "odd"
    assert one.message()["params"]["_meta"] == "odd"


async def test_a_response_settles_it_and_the_end_is_told_once(begun):
    one, tracer = await begun()
    assert await one.answer(result()) == result()
    assert one.settled
    one.finish()
    one.finish()
    assert tracer.ends == [({"content": [{"type": "text", "text": "found"}]}, None)]


@pytest.mark.parametrize(
    ("exception", "kind", "aborted"),
    [(None, RemoteError, False), (asyncio.CancelledError(), asyncio.CancelledError, True), (OSError(), OSError, False)],
)
async def test_without_a_response_it_failed(begun, exception, kind, aborted):
    one, tracer = await begun()
    one.finish(exception)
    assert isinstance(tracer.ends[0][1], kind)
    assert one.logical.call.aborted is aborted


async def test_a_response_that_comes_late_is_answered_and_ends_nothing_twice(begun):
    one, tracer = await begun()
    one.finish(asyncio.CancelledError())
    assert await one.answer_late(result(), one.logical.activity) == result()
    late = await one.answer_late({"id": 1, "result": 7}, one.logical.activity)
    assert late["error"]["data"] == {"code": "upstream_answer_invalid"}
    assert len(tracer.ends) == 1


@pytest.mark.parametrize(("error", "code"), [({"code": 7}, "7"), ("odd", "upstream_error")])
async def test_an_error_of_the_servers_is_a_failure_with_its_code(begun, error, code):
    one, tracer = await begun()
    await one.answer({"id": 1, "error": error})
    one.finish()
    assert tracer.ends[0][1].code == code


def test_a_notification_tells_no_result_of_a_task():
    told = {"method": "notifications/tasks", "params": {"taskId": "t", "result": result()["result"]}}
    assert without_result(told) == {"method": "notifications/tasks", "params": {"taskId": "t"}}
    for other in ({"method": "x"}, {"method": "x", "params": {"result": {"tools": []}}}):
        assert without_result(other) is other
