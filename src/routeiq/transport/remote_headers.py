"""Which headers pass between clients and the servers that their requests are passed on to.

Clients' credentials are for the gateway. They do not reach a server unless its settings name their header; what else
the client sends does. A server's own headers win over the client's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

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
# A server that heeds them does another thing than what plugins saw.
_OVERRIDES: Final = frozenset({b"x-http-method-override", b"x-http-method", b"x-method-override"})
IDENTITY: Final = (b"accept-encoding", b"identity")
"""Asks for an answer that can be read here."""
_SECRET_WORDS: Final = frozenset(
    {
        b"apikey", b"assertion", b"auth", b"authentication", b"authorization", b"cookie", b"cookie2", b"credential",
        b"credentials", b"jwt", b"key", b"passwd", b"password", b"secret", b"session", b"signature", b"token",
    }
)  # fmt: skip
_HARMLESS: Final = frozenset({b"idempotency-key"})
# What the gateway says itself, or decides for itself: cookies and origins are those of its own address.
_NOT_RETURNED: Final = frozenset(
    {b"alt-svc", b"date", b"server", b"set-cookie", b"strict-transport-security", b"x-request-id"}
)


def sent(
    headers: Iterable[tuple[bytes, bytes]],
    own: Iterable[tuple[bytes, bytes]],
    forwarded: Collection[bytes],
    protocol: tuple[bytes, ...],
) -> RawHeaders:
    """Return which of a client's headers a server is sent, its own not among them.

    Args:
        own: The server's own.
        forwarded: Names of those that it is sent although they look like credentials.
        protocol: How the names of the protocol's own headers begin, which pass whatever they look like.
    """
    gone = {name for name, _ in own}
    return [(name, value) for name, value in headers if name not in gone and _passes(name, forwarded, protocol)]


def visible(headers: Iterable[tuple[bytes, bytes]], protocol: tuple[bytes, ...]) -> RawHeaders:
    """Return which of the headers that a server is sent plugins may see: no credentials, be they forwarded."""
    return [pair for pair in headers if pair[0].startswith(protocol) or not is_credential(pair[0])]


def returned(headers: Iterable[tuple[bytes, bytes]], forwarded: Collection[bytes]) -> RawHeaders:
    """Return which of a server's headers the client is sent."""
    pairs = list(headers)
    gone = _NOT_RETURNED | _CONNECTION | _named_by_connection(pairs)
    if b"authorization" not in forwarded:
        gone |= {b"www-authenticate"}  # it asks for credentials that the client has not given
    return [pair for pair in pairs if pair[0] not in gone and not pair[0].startswith(b"access-control-")]


def is_credential(name: bytes) -> bool:
    """Return whether a header's name says that it proves who somebody is: `authorization`, `x-api-key` do."""
    return name not in _HARMLESS and not _SECRET_WORDS.isdisjoint(name.lower().replace(b"_", b"-").split(b"-"))


def media_type(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the media type that an answer's headers name, in lower case and without parameters; empty: none."""
    value = next((value for name, value in headers if name == b"content-type"), b"")
    return value.partition(b";")[0].strip().lower()


def is_event_stream(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether an answer is a stream of server-sent events."""
    return media_type(headers) == b"text/event-stream"


def is_coded(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether an answer has a content coding, so that it cannot be read as it is."""
    return any(
        name == b"content-encoding" and value.strip().lower() not in (b"", b"identity") for name, value in headers
    )


def _passes(name: bytes, forwarded: Collection[bytes], protocol: tuple[bytes, ...]) -> bool:
    if name in _CONNECTION or name in _OVERRIDES or name.startswith(b"proxy-"):
        return False
    if name in forwarded or name.startswith(protocol):
        return True
    return name not in _HOPS and not name.startswith(b"x-forwarded-") and not is_credential(name)


def _named_by_connection(pairs: RawHeaders) -> set[bytes]:
    values = [value for name, value in pairs if name == b"connection"]
    return {word.strip().lower() for value in values for word in value.split(b",")}
