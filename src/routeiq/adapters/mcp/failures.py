"""What goes wrong with a server, and how a client is told: always as an error of JSON-RPC's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routeiq_plugin_sdk import Reject

from routeiq.core.errors import PluginAborted
from routeiq.core.jsonrpc import INTERNAL_ERROR, REJECTED, Message, RPCError, error_response
from routeiq.core.remote_calls import RemoteError
from routeiq.transport import BodyTooLarge, ConnectFailed, ConnectTimeout, ReadTimeout, UpstreamError

Told = RPCError | RemoteError | Reject | PluginAborted
"""What ends a request with an error that its client is told."""


def remote_error(error: UpstreamError) -> RemoteError:
    """Return what a failure of the transport is for a client: 504 where time ran out, else 502."""
    if isinstance(error, ConnectTimeout | ReadTimeout):
        return RemoteError("upstream_timeout", "The MCP server did not answer in time.", 504)
    if isinstance(error, ConnectFailed):
        return RemoteError("upstream_unreachable", "The MCP server cannot be reached.")
    if isinstance(error, BodyTooLarge):
        return RemoteError("upstream_answer_too_large", "The MCP server's answer is too large.")
    return RemoteError("upstream_connection_broken", "The connection to the MCP server broke.")


def refused_credentials() -> RemoteError:
    """Return what a 401 is where the client has no say in the credentials."""
    return RemoteError("upstream_unauthorized", "The MCP server does not accept the gateway's credentials.")


def answered_with(status: int) -> RemoteError:
    """Return what an answer is that is none of MCP's: its status stays where it is an error's."""
    if 400 <= status < 600 and status != 407:
        return RemoteError("upstream_status", f"The MCP server answered with status {status}.", status)
    if 300 <= status < 400:
        return RemoteError("upstream_redirect", "The MCP server has another address: its url in the settings is wrong.")
    return RemoteError("upstream_answer_invalid", "The MCP server's answer is no JSON-RPC.")


def no_result() -> RemoteError:
    """Return what an answer is that ended without a response."""
    return RemoteError("upstream_unanswered", "The MCP server ended its answer without a response.")


def told(error: Told, id: Any) -> Message:
    """Return the response that tells a client of an error."""
    if isinstance(error, RPCError):
        return error.document(id)
    if isinstance(error, Reject):
        return error_response(id, REJECTED, error.message, refusal(error))
    if isinstance(error, RemoteError):
        return error_response(id, INTERNAL_ERROR, error.message, {"code": error.code})
    return error_response(id, INTERNAL_ERROR, "A plugin of the gateway failed.", {"code": "plugin_failed"})


def status_of(error: Told) -> int:
    """Return the status of an HTTP response that is nothing but this error.

    A plugin's refusal is a response like a server's own: in MCP's HTTP, other statuses speak of the session (404), of
    authorization (401) or of the message as such (400), and clients act on them.
    """
    if isinstance(error, Reject):
        return 200
    return error.status if isinstance(error, RPCError) else error.status_code


def withheld(error: Reject, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result in the place of one that a plugin withholds: the tool has run, and the model is to know.

    Errors of a tool's execution are results (`isError`), since models can act on them.
    """
    kept = {"resultType": "complete"} if "resultType" in result else {}
    content = [{"type": "text", "text": error.message}]
    return {**kept, "content": content, "isError": True, "_meta": {"routeiq/rejected": refusal(error)}}


def refusal(error: Reject) -> dict[str, Any]:
    """Return what programs are told of a refusal."""
    return {"code": error.code, "status": error.status_code}
