"""Calls of tools and agents as client spans and metrics."""

import httpx
import pytest
from routeiq_plugin_sdk import Reject, RemoteCall

pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")

from opentelemetry import trace as api
from opentelemetry.context import Context
from tests.fakes.mcp_relay import Upstream
from tests.fakes.mcp_relay import call as message

from routeiq.adapters.opentelemetry.remote import propagated
from routeiq.core.logging import Activity
from routeiq.core.memory_state import MemoryState
from routeiq.core.remote_calls import LogicalRemoteCall, RemoteError
from routeiq.gateway.app import Gateway
from routeiq.gateway.settings import GatewaySettings

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


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


@pytest.fixture
def asked(traced, plugin):
    """asked(headers) -> the server behind the gateway, which was asked by one call of a tool."""

    async def ask(headers):
        def tool_pre_call(arguments):
            return {**arguments, "more": 1}

        upstream, manager = Upstream(), await traced(plugin("guard", tool_pre_call))
        settings = GatewaySettings.model_validate({"mcp_servers": {"files": {"url": "https://files.test/mcp"}}})
        app = Gateway(settings, manager, MemoryState(), client=upstream)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
            answer = await client.post("/mcp/files", json=message(_meta={"traceparent": "its own"}), headers=headers)
            assert answer.status_code == 200
        return upstream

    return ask


async def test_a_call_stands_below_its_request_and_its_server_below_the_call(asked, recorded):
    upstream = await asked({"traceparent": f"00-{TRACE}-{PARENT}-01"})
    call, request = recorded.spans
    assert (request.trace, request.parent, call.parent) == (TRACE, PARENT, request.id)
    assert call.event("routeiq.hook")["routeiq.phase"] == "tool_pre_call"
    expected = f"00-{TRACE}-{call.id}-01"
    assert upstream.header("traceparent") == expected
    assert upstream.asked[0]["body"]["params"]["_meta"] == {"traceparent": expected}


async def test_a_call_that_is_not_sampled_hands_its_clients_trace_on(asked, recorded):
    upstream = await asked({"traceparent": f"00-{TRACE}-{PARENT}-00"})
    assert recorded.spans == []
    _, trace, _, flags = upstream.header("traceparent").split("-")
    assert (trace, flags) == (TRACE, "00")


def test_a_trace_state_goes_along():
    assert propagated(Context()) == {}
    state = api.TraceState([("vendor", "x")])
    ids = api.SpanContext(1, 2, is_remote=False, trace_flags=api.TraceFlags(1), trace_state=state)
    carried = propagated(api.set_span_in_context(api.NonRecordingSpan(ids), Context()))
    assert carried["tracestate"] == "vendor=x"
