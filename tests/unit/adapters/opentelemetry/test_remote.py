"""Calls of tools and agents as client spans and metrics."""

import pytest
from routeiq_plugin_sdk import Reject, RemoteCall

pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")

from opentelemetry import trace as api
from opentelemetry.context import Context

from routeiq.adapters.opentelemetry.remote import propagated
from routeiq.core.logging import Activity
from routeiq.core.remote_calls import LogicalRemoteCall, RemoteError


@pytest.fixture
def begun(traced):
    """begun(name, kind) -> a call that has begun under the tracer."""

    async def begin(name="search", kind="tool", **changes):
        manager = await traced()
        logical = LogicalRemoteCall(manager.plans, Activity("r"), RemoteCall.mock(kind, "github", **changes), name, {})
        logical.attributes = {"protocol_version": "2026-07-28", "request_id": "7", "further": "x"}
        logical.begin()
        return logical

    return begin


async def test_a_tools_call_is_a_span_by_the_conventions(begun, recorded):
    call = await begun()
    call.sent, call.answered = 1, 500_000_001
    call.succeed()
    (span,) = recorded.spans
    assert (span.name, span.kind, span.status) == ("tools/call search", "CLIENT", "UNSET")
    assert dict(span.attributes) == {
        "gen_ai.operation.name": "execute_tool",
        "routeiq.target": "github",
        "mcp.method.name": "tools/call",
        "gen_ai.tool.name": "search",
        "mcp.protocol.version": "2026-07-28",
        "jsonrpc.request.id": "7",
        "routeiq.call.id": "mock-call",
    }
    assert call.trace_context["traceparent"].startswith(f"00-{span.trace}-{span.id}-0")
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "mcp.method.name": "tools/call",
        "routeiq.target": "github",
        "gen_ai.tool.name": "search",
    }
    (client,) = recorded.metrics()["mcp.client.operation.duration"]
    assert (client.sum, dict(client.attributes)) == (0.5, attributes)
    (server,) = recorded.metrics()["mcp.server.operation.duration"]
    assert dict(server.attributes) == attributes


async def test_an_agents_call_is_one_too(begun, recorded):
    (await begun("SendMessage", "agent")).succeed()
    (span,) = recorded.spans
    assert span.name == "invoke_agent github"
    assert span.attributes["gen_ai.agent.name"] == "github"
    (agent,) = recorded.metrics()["gen_ai.invoke_agent.duration"]
    assert dict(agent.attributes) == {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "github"}


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        (None, "tool_error", "ERROR"),
        (Reject(403, "secret words", "content_blocked"), "content_blocked", "UNSET"),
        (RemoteError("upstream_timeout", "secret words", 504), "upstream_timeout", "ERROR"),
        (RuntimeError("secret words"), "RuntimeError", "ERROR"),
    ],
)
async def test_what_failed_is_told_in_words_of_few_kinds(begun, recorded, error, kind, status):
    call = await begun("made-up")
    call.is_error = error is None
    call.call.aborted = True
    call.succeed() if error is None else call.fail(error)
    (span,) = recorded.spans
    assert (span.attributes["error.type"], span.status) == (kind, status)
    assert span.attributes["routeiq.aborted"] is True
    assert ("routeiq.outcome" in span.attributes) is isinstance(error, Reject)
    assert "secret" not in str(span)
    (server,) = recorded.metrics()["mcp.server.operation.duration"]
    assert server.attributes["error.type"] == kind
    assert "gen_ai.tool.name" not in server.attributes


def test_a_trace_state_goes_along():
    assert propagated(Context()) == {}
    state = api.TraceState([("vendor", "x")])
    ids = api.SpanContext(1, 2, is_remote=False, trace_flags=api.TraceFlags(1), trace_state=state)
    carried = propagated(api.set_span_in_context(api.NonRecordingSpan(ids), Context()))
    assert carried["tracestate"] == "vendor=x"
