"""Errors in the shapes of A2A's bindings: JSON-RPC's error object, and `google.rpc.Status` as HTTP+JSON has it.

Version 1.0, sections 5.4 (codes), 9.5 (JSON-RPC) and 11.6 (HTTP+JSON). Both tell programs the reason by an `ErrorInfo`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from routeiq_plugin_sdk import Headers, Reject

from routeiq.core.errors import PluginAborted
from routeiq.core.jsonrpc import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, REJECTED
from routeiq.core.remote_calls import RemoteError
from routeiq.transport import BodyTooLarge, ConnectFailed, ConnectTimeout, ReadTimeout, UpstreamError

INVALID_AGENT_RESPONSE: Final = -32006
"""A2A's own: what the agent answered is none of the protocol's answers."""

_A2A: Final = "a2a-protocol.org"
_OWN: Final = "routeiq"
_STATUS: Final[Mapping[int, str]] = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ABORTED",
    413: "RESOURCE_EXHAUSTED", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 501: "UNIMPLEMENTED", 502: "UNAVAILABLE",
    503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
}  # fmt: skip


class AgentError(RemoteError):
    """A call of an agent ends with an error that the gateway makes.

    `status_code` is that of HTTP where the binding is HTTP+JSON: JSON-RPC's errors come with 200.

    Attributes:
        rpc_code: Of JSON-RPC.
        reason: For programs, in capitals.
        domain: Whose word the reason is.
        headers: To be sent along, where the response has not begun.
    """

    def __init__(
        self,
        status_code: int,
        rpc_code: int,
        reason: str,
        message: str,
        domain: str = _OWN,
        headers: Headers | None = None,
    ) -> None:
        super().__init__(reason.lower(), message, status_code)
        self.rpc_code = rpc_code
        self.reason = reason
        self.domain = domain
        self.headers = Headers() if headers is None else headers

    @property
    def details(self) -> list[dict[str, Any]]:
        """What programs are told."""
        return [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": self.reason,
                "domain": self.domain,
                "metadata": {"status": str(self.status_code)},
            }
        ]

    def rpc_document(self, id: Any) -> dict[str, Any]:
        """Return JSON-RPC's response with this error."""
        error = {"code": self.rpc_code, "message": self.message, "data": self.details}
        return {"jsonrpc": "2.0", "id": id, "error": error}

    def rest_document(self) -> dict[str, Any]:
        """Return the body that HTTP+JSON has for this error."""
        status = _STATUS.get(self.status_code) or ("FAILED_PRECONDITION" if self.status_code < 500 else "INTERNAL")
        error = {"code": self.status_code, "status": status, "message": self.message, "details": self.details}
        return {"error": error}


def invalid_request(message: str, status_code: int = 400, rpc_code: int = INVALID_REQUEST) -> AgentError:
    """Return the error for a request that is none of the protocol's."""
    reason = "INVALID_PARAMS" if rpc_code == INVALID_PARAMS else "INVALID_REQUEST"
    return AgentError(status_code, rpc_code, reason, message, _A2A)


def invalid_answer(message: str) -> AgentError:
    """Return the error for an agent's answer that cannot be understood."""
    return AgentError(502, INVALID_AGENT_RESPONSE, "INVALID_AGENT_RESPONSE", message, _A2A)


def failed(message: str, status: int = 502) -> AgentError:
    """Return the error that stands for one of the agent's own."""
    return AgentError(status if status >= 400 else 502, INTERNAL_ERROR, "AGENT_FAILED", message)


def decision(error: Reject | PluginAborted) -> AgentError:
    """Return the error for a plugin's refusal, or for its failure where that refuses the call."""
    if isinstance(error, Reject):
        reason = "".join(letter if letter.isalnum() else "_" for letter in error.code or "rejected").upper()
        return AgentError(error.status_code, REJECTED, reason, error.message, headers=error.headers)
    # What has failed, and why, is for the log.
    return AgentError(error.status_code, INTERNAL_ERROR, "PLUGIN_FAILED", "A plugin of the gateway failed.")


def too_large() -> AgentError:
    """Return the error for an answer that is larger than what can be held."""
    return AgentError(502, INTERNAL_ERROR, "AGENT_ANSWER_TOO_LARGE", "The agent's answer is too large.")


def unreachable(error: UpstreamError) -> AgentError:
    """Return the error for what went wrong between the gateway and an agent."""
    if isinstance(error, ConnectTimeout | ReadTimeout):
        return AgentError(504, INTERNAL_ERROR, "AGENT_TIMEOUT", "The agent did not answer in time.")
    if isinstance(error, ConnectFailed):
        return AgentError(502, INTERNAL_ERROR, "AGENT_UNREACHABLE", "The agent cannot be reached.")
    if isinstance(error, BodyTooLarge):
        return too_large()
    return AgentError(502, INTERNAL_ERROR, "AGENT_CONNECTION_BROKEN", "The connection to the agent broke.")
