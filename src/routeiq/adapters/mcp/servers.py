"""A configured MCP server, and which headers pass between it and clients.

Clients' credentials are for the gateway. They do not reach a server unless its settings name their header; what else
the client sends does. The server's own credentials are added here, and never leave by another way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from routeiq.transport import Target

RawHeaders = list[tuple[bytes, bytes]]

# They belong to one connection (RFC 9110 section 7.6.1), or say what the transport says itself.
_CONNECTION: Final = frozenset(
    {
        b"connection", b"content-length", b"expect", b"host", b"http2-settings", b"keep-alive", b"te", b"trailer",
        b"transfer-encoding", b"upgrade",
    }
)  # fmt: skip
# Who stands between the client and the gateway is nobody's business behind it.
_HOPS: Final = frozenset({b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"cf-connecting-ip", b"true-client-ip"})
_SECRET_WORDS: Final = frozenset(
    {
        b"apikey", b"assertion", b"auth", b"authentication", b"authorization", b"cookie", b"cookie2", b"credential",
        b"credentials", b"jwt", b"key", b"passwd", b"password", b"secret", b"session", b"signature", b"token",
    }
)  # fmt: skip
# Those of MCP itself, whose names have such words: a session is the server's own.
_PROTOCOL: Final = b"mcp-"
_HARMLESS: Final = frozenset({b"idempotency-key"})
# What the gateway says itself, or decides for itself: cookies and origins are those of its own address.
_NOT_RETURNED: Final = frozenset(
    {b"alt-svc", b"date", b"server", b"set-cookie", b"strict-transport-security", b"x-request-id"}
)


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
        own = {name for name, _ in self.headers}
        return [(name, value) for name, value in headers if name not in own and self._passes(name)]

    def returned(self, headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
        """Return which of the server's headers the client is sent."""
        pairs = list(headers)
        gone = _NOT_RETURNED | _CONNECTION | _named_by_connection(pairs)
        if b"authorization" not in self.forwarded:
            gone |= {b"www-authenticate"}  # it asks for credentials that the client has not given
        return [pair for pair in pairs if pair[0] not in gone and not pair[0].startswith(b"access-control-")]

    def _passes(self, name: bytes) -> bool:
        if name in _CONNECTION or name.startswith(b"proxy-"):
            return False
        if name in self.forwarded or name.startswith(_PROTOCOL):
            return True
        return name not in _HOPS and not name.startswith(b"x-forwarded-") and not is_credential(name)


def is_credential(name: bytes) -> bool:
    """Return whether a header's name says that it proves who somebody is: `authorization`, `x-api-key` do."""
    return name not in _HARMLESS and not _SECRET_WORDS.isdisjoint(name.lower().replace(b"_", b"-").split(b"-"))


def _named_by_connection(pairs: RawHeaders) -> set[bytes]:
    values = [value for name, value in pairs if name == b"connection"]
    return {word.strip().lower() for value in values for word in value.split(b",")}
