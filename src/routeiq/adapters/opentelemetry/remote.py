"""A call of an MCP server's tool or of an agent as its client span has it, by the conventions of MCP and GenAI.

Arguments and results are never recorded: they are the client's.
"""

from __future__ import annotations

from collections.abc import Mapping

from opentelemetry.context import Context
from opentelemetry.trace import Span, Status, StatusCode, get_current_span
from routeiq_plugin_sdk import Reject

from routeiq.core.remote_calls import LogicalRemoteCall, RemoteError

from . import names
from .failures import error_type, is_failure
from .names import Attributes

TOOL_ERROR = "tool_error"
_OPERATIONS = {"tool": "execute_tool", "agent": "invoke_agent"}


def span_name(remote: LogicalRemoteCall) -> str:
    """Return the name of a call's span."""
    call = remote.call
    return f"{call.method} {remote.name}" if call.kind == "tool" else f"invoke_agent {call.target}"


def begun(remote: LogicalRemoteCall) -> Attributes:
    """Return what is known of a call when it begins."""
    call = remote.call
    attributes: Attributes = {names.OPERATION: _OPERATIONS[call.kind], names.TARGET: call.target}
    if call.kind == "tool":
        attributes |= {names.MCP_METHOD: call.method, names.TOOL_NAME: remote.name}
    else:
        attributes[names.AGENT_NAME] = call.target
    known = {"protocol_version": names.MCP_VERSION, "session_id": names.MCP_SESSION, "request_id": names.JSONRPC_ID}
    attributes |= {known[name]: value for name, value in remote.attributes.items() if name in known}
    return attributes


def measured(remote: LogicalRemoteCall, error: BaseException | None, *, known: bool) -> Attributes:
    """Return the attributes of a call's metrics: few, and each of few values.

    Args:
        known: Whether the tool is one of the server's, and not only a client's word.
    """
    call = remote.call
    attributes: Attributes = {names.OPERATION: _OPERATIONS[call.kind]}
    if call.kind == "tool":
        attributes |= {names.MCP_METHOD: call.method, names.TARGET: call.target}
        if known:
            attributes[names.TOOL_NAME] = remote.name
    else:
        attributes[names.AGENT_NAME] = call.target
    failed = _error_type(remote, error)
    if failed is not None:
        attributes[names.ERROR_TYPE] = failed
    return attributes


def write_end(span: Span, remote: LogicalRemoteCall, error: BaseException | None) -> None:
    """Write into a span how a call ended."""
    call = remote.call
    attributes: Attributes = {names.CALL_ID: call.id}
    if call.request is not None:
        attributes[names.REQUEST_ID] = call.request.id
    if call.answered_by is not None:
        attributes[names.ANSWERED_BY] = call.answered_by
    if call.aborted:
        attributes[names.ABORTED] = True
    failed = _error_type(remote, error)
    if failed is not None:
        attributes[names.ERROR_TYPE] = failed
    if isinstance(error, Reject):
        attributes[names.OUTCOME] = "rejected"
    span.set_attributes(attributes)
    if remote.is_error or (error is not None and is_failure(error)):
        span.set_status(Status(StatusCode.ERROR))


def propagated(context: Context) -> Mapping[str, str]:
    """Return W3C's trace context of a context's span, as headers and `_meta` have it; empty without one."""
    ids = get_current_span(context).get_span_context()
    if not ids.is_valid:
        return {}
    carried = {"traceparent": f"00-{ids.trace_id:032x}-{ids.span_id:016x}-{ids.trace_flags:02x}"}
    if ids.trace_state:
        carried["tracestate"] = ids.trace_state.to_header()
    return carried


def _error_type(remote: LogicalRemoteCall, error: BaseException | None) -> str | None:
    if isinstance(error, RemoteError):
        return error.code
    if error is not None:
        return error_type(error)
    return TOOL_ERROR if remote.is_error else None
