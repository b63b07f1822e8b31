"""Who the client is behind proxies: forwarding headers count only as far as every hop is trusted."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Any

from .types import RawHeaders, Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_PARAMETER = re.compile(r'(for|proto|host)=("[^"]*"|[^;,\s]*)', re.IGNORECASE)
_SCHEMES = {"http": ("http", "ws"), "https": ("https", "wss"), "ws": ("http", "ws"), "wss": ("https", "wss")}


class TrustedProxies:
    """The networks whose word on the client counts."""

    def __init__(self, networks: Sequence[str]) -> None:
        """Raises ValueError for a text that is no address or network."""
        self._networks: list[Network] = [ipaddress.ip_network(network, strict=False) for network in networks]

    def __bool__(self) -> bool:
        return bool(self._networks)

    def resolved(self, scope: Scope) -> Scope:
        """Return the scope with client, scheme and host as trusted proxies tell them; the very same if none does."""
        client = scope.get("client")
        if not client or not self._trusts(client[0]):
            return scope
        hops, schemes, host = _told(scope["headers"])
        # From the nearest hop on: the first one that is not trusted is the client, and everything before it hearsay.
        position = len(hops) - 1
        while position > 0 and self._trusts(hops[position][0]):
            position -= 1
        changes: dict[str, Any] = {}
        if position >= 0:
            changes["client"] = hops[position]
        scheme = _scheme(schemes, position, len(hops))
        if scheme in _SCHEMES:
            changes["scheme"] = _SCHEMES[scheme][scope["type"] == "websocket"]
        if host:
            rest = [pair for pair in scope["headers"] if pair[0] != b"host"]
            changes["headers"] = [(b"host", host.encode("latin-1")), *rest]
        return {**scope, **changes} if changes else scope

    def _trusts(self, host: str) -> bool:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped.version == network.version and mapped in network for network in self._networks)


def _scheme(schemes: list[str], position: int, hops: int) -> str | None:
    if not schemes:
        return None
    # As many schemes as hops: that of the client's hop; else the nearest proxy's word.
    return schemes[position] if len(schemes) == hops and position >= 0 else schemes[-1]


def _told(headers: RawHeaders) -> tuple[list[tuple[str, int]], list[str], str | None]:
    """Return hops, schemes and host: from `forwarded` (RFC 7239) if it is there, else from the `x-forwarded-` ones."""
    values: dict[bytes, list[str]] = {}
    for name, value in headers:
        if name == b"forwarded" or name.startswith(b"x-forwarded-"):
            values.setdefault(name, []).append(value.decode("latin-1"))
    if b"forwarded" in values:
        found: dict[str, list[str]] = {"for": [], "proto": [], "host": []}
        for key, value in _PARAMETER.findall(",".join(values[b"forwarded"])):
            found[key.lower()].append(value.strip('"'))
        return _hops(found["for"]), [one.lower() for one in found["proto"]], (found["host"] or [None])[-1]  # type: ignore[list-item]
    hosts = _split(values.get(b"x-forwarded-host"))
    schemes = [one.lower() for one in _split(values.get(b"x-forwarded-proto"))]
    return _hops(_split(values.get(b"x-forwarded-for"))), schemes, hosts[-1] if hosts else None


def _split(values: list[str] | None) -> list[str]:
    return [part.strip() for value in values or () for part in value.split(",") if part.strip()]


def _hops(texts: list[str]) -> list[tuple[str, int]]:
    return [_address(text) for text in texts]


def _address(text: str) -> tuple[str, int]:
    """Return host and port of `1.2.3.4`, `1.2.3.4:5`, `[::1]:5` or `::1`; an obfuscated name stays as it is."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    return host, int(port) if port.isdigit() and len(port) <= 5 else 0
