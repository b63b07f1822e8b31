"""Who the client is behind proxies: forwarding headers count only as far as every hop is trusted.

Each proxy writes behind what it received, so that the truth is read from the right: from the nearest hop to the first
one that is not trusted, which is the client. Everything left of it is what the client says of itself.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from .types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# RFC 7239 section 4: elements of `name=value` pairs, a value being a token or a quoted string (RFC 9110 section 5.6).
_WORD: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PAIR: Final = re.compile(rf'[\s,]*({_WORD})=(?:({_WORD})|"((?:[^"\\]|\\.)*)")\s*([;,]|$)')
_SCHEMES: Final = {
    "http": ("http", "ws"), "https": ("https", "wss"), "ws": ("http", "ws"), "wss": ("https", "wss")
}  # fmt: skip


class Hop(NamedTuple):
    """What one proxy tells of the connection that it accepted; None for what it does not tell."""

    client: tuple[str, int] | None
    scheme: str | None = None
    host: str | None = None


class TrustedProxies:
    """The networks whose word on the client counts."""

    def __init__(self, networks: Sequence[str]) -> None:
        """Raises ValueError for a text that is no address or network."""
        self._networks: list[Network] = [ipaddress.ip_network(network, strict=False) for network in networks]

    def __bool__(self) -> bool:
        return bool(self._networks)

    def resolved(self, scope: Scope) -> Scope:
        """Return the scope with client, scheme and host as trusted proxies tell them; the very same if none does."""
        peer = scope.get("client")
        if not peer or not self._trusts(peer[0]):
            return scope
        hops = _hops(scope["headers"])
        position = len(hops) - 1
        while position > 0 and self._trusts((hops[position].client or ("",))[0]):
            position -= 1
        if position < 0:
            return scope
        hop = hops[position]
        changes: dict[str, Any] = {}
        if hop.client is not None:
            changes["client"] = hop.client
        if hop.scheme in _SCHEMES:
            changes["scheme"] = _SCHEMES[hop.scheme][scope["type"] == "websocket"]
        if hop.host:
            rest = [pair for pair in scope["headers"] if pair[0] != b"host"]
            changes["headers"] = [(b"host", hop.host.encode("latin-1")), *rest]
        return {**scope, **changes} if changes else scope

    def _trusts(self, host: str) -> bool:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped.version == network.version and mapped in network for network in self._networks)


def _hops(headers: Iterable[tuple[bytes, bytes]]) -> list[Hop]:
    """Return the hops from the farthest to the nearest: by `forwarded` if it is there, else by `x-forwarded-`."""
    values: dict[bytes, list[str]] = {}
    for name, value in headers:
        if name == b"forwarded" or name.startswith(b"x-forwarded-"):
            values.setdefault(name, []).append(value.decode("latin-1"))
    if b"forwarded" in values:
        return _standard(", ".join(values[b"forwarded"]))
    clients = [_address(text) for text in _split(values.get(b"x-forwarded-for"))]
    schemes = [text.lower() for text in _split(values.get(b"x-forwarded-proto"))]
    hosts = _split(values.get(b"x-forwarded-host"))
    if not clients:
        return [Hop(None, *(texts[-1] if texts else None for texts in (schemes, hosts)))] if schemes or hosts else []
    # As many values as hops: each hop's own. Else only the nearest proxy's word is known to be nobody else's.
    columns = [texts if len(texts) == len(clients) else texts[-1:] * len(clients) for texts in (schemes, hosts)]
    return [
        Hop(client, *(column[number] if column else None for column in columns))
        for number, client in enumerate(clients)
    ]


def _standard(text: str) -> list[Hop]:
    """Return the hops of `forwarded` (RFC 7239)."""
    hops: list[Hop] = []
    pairs: dict[str, str] = {}
    text = text.strip(" \t,")
    position = 0
    while position < len(text):
        match = _PAIR.match(text, position)
        if match is None:
            # Nobody knows who wrote what: the client must not get off as its proxy by sending half a quoted string.
            return [Hop(("unknown", 0))]
        name, token, quoted, end = match.groups()
        pairs[name.lower()] = token if token is not None else re.sub(r"\\(.)", r"\1", quoted)
        if end != ";" or match.end() == len(text):
            client = pairs.get("for")
            proto = pairs.get("proto", "").lower() or None
            hops.append(Hop(_address(client) if client else None, proto, pairs.get("host")))
            pairs = {}
        position = match.end()
    return hops


def _split(values: list[str] | None) -> list[str]:
    return [part.strip() for value in values or () for part in value.split(",") if part.strip()]


def _address(text: str) -> tuple[str, int]:
    """Return host and port of `1.2.3.4`, `1.2.3.4:5`, `[::1]:5` or `::1`; an obfuscated name stays as it is."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    return host, int(port) if port.isdecimal() and len(port) <= 5 else 0
