"""A configured MCP server: where it is, and which headers pass between it and clients."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from routeiq.transport import Target
from routeiq.transport.remote_headers import RawHeaders, returned, sent, visible

__all__ = ["RawHeaders", "Server"]

# Those of MCP itself may have names that look like credentials: a session is the server's own.
_PROTOCOL: Final = (b"mcp-",)


@dataclass(frozen=True, slots=True)
class Server:
    """A server as it is reached.

    Attributes:
        name: In the settings, and in the paths of clients.
        target: Where it is.
        headers: Its own, credentials among them: they win over the client's.
        forwarded: Names of clients' headers that it is sent although they look like credentials.
        timeout: Seconds that it may be silent: until an answer begins, and between the pieces of one.
    """

    name: str
    target: Target
    headers: tuple[tuple[bytes, bytes], ...] = field(default=(), repr=False)
    forwarded: frozenset[bytes] = frozenset()
    timeout: float = 300.0

    def sent(self, headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
        """Return which of a client's headers the server is sent, its own not among them."""
        return sent(headers, self.headers, self.forwarded, _PROTOCOL)

    def visible(self, headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
        """Return which of a client's headers plugins may see."""
        return visible(self.sent(headers), _PROTOCOL)

    def returned(self, headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
        """Return which of the server's headers the client is sent."""
        return returned(headers, self.forwarded)
