"""What clients get: whole answers and streams, and the gateway's own errors in the shape of a binding."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import orjson
from routeiq_plugin_sdk import Reject

from routeiq.core.dialects.sse import dumps
from routeiq.core.errors import PluginAborted

from .errors import AgentError, decision

Told: TypeAlias = AgentError | Reject | PluginAborted
"""What ends a request with an error that its client is told."""
TOLD: Final = (AgentError, Reject, PluginAborted)

_JSON: Final = (b"content-type", b"application/json")


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    """A response that is there."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Stream(Protocol):
    """What is left of an event stream."""

    @property
    def frames(self) -> AsyncGenerator[bytes, None]:
        """Its events."""

    async def aclose(self) -> None:
        """Give up what is left; harmless after the end."""


@dataclass(frozen=True, slots=True)
class StreamedAnswer:
    """A response whose body is an event stream, to be closed by whoever has it."""

    status: int
    headers: list[tuple[bytes, bytes]]
    stream: Stream


@dataclass(frozen=True, slots=True)
class Binding:
    """How a client is answered.

    Attributes:
        is_rpc: By JSON-RPC; else by HTTP+JSON.
        id: Of the JSON-RPC request.
    """

    is_rpc: bool
    id: str | int | float | None = None

    def error(self, error: Told) -> WholeAnswer:
        """Return an error; JSON-RPC's come with status 200: else its clients do not read them."""
        said = _agent_error(error)
        headers = [_JSON, *said.headers.raw]
        if self.is_rpc:
            return WholeAnswer(200, headers, orjson.dumps(said.rpc_document(self.id)))
        return WholeAnswer(said.status_code, headers, orjson.dumps(said.rest_document()))

    def error_frame(self, error: Told) -> bytes:
        """Return the event that ends a stream with an error."""
        said = _agent_error(error)
        if self.is_rpc:
            return b"data: " + dumps(said.rpc_document(self.id)) + b"\n\n"
        return b"event: error\ndata: " + dumps(said.rest_document()) + b"\n\n"

    def is_error(self, document: Any) -> bool:
        """Return whether a document is an error of the agent's, and holds nothing that a client could take for more."""
        if not isinstance(document, dict) or not isinstance(document.get("error"), dict):
            return False
        # Some clients' parsers ignore case.
        return "result" not in map(str.lower, document) if self.is_rpc else len(document) == 1


def _agent_error(error: Told) -> AgentError:
    return error if isinstance(error, AgentError) else decision(error)
