"""Entries of `outbound.allow` and `outbound.deny`: a network, an address or a name, with or without a port."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from typing import Self

from .addresses import DISGUISED, LOOPBACK, UNUSABLE, IPAddress, IPNetwork
from .urls import OutboundURL, parse_host, parse_port, split_port

_FORMS = "10.0.3.0/24, 10.0.3.7:8443, [fd00::7]:8443, guard.internal, guard.internal:8443 or *.svc.cluster.local"


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry.

    Attributes:
        text: As it is written.
        network: The addresses that it means; None for a name.
        name: The name that it means, in lower case; with a dot at its beginning, all names that end with it.
        port: The only port that it means; None: every one.
    """

    text: str
    network: IPNetwork | None
    name: str
    port: int | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return an entry from its text. Raises ValueError, which says what would be right."""
        if "://" in text:
            raise ValueError(f"an entry is no URL: write the host alone, in one of the forms {_FORMS}")
        place, port_text = (text, None) if text.count(":") > 1 and not text.startswith("[") else split_port(text)
        port = None if port_text is None else parse_port(port_text)
        if "/" in place or ":" in place:
            return cls(text, _reachable(_network(place.strip("[]"))), "", port)
        wildcard = place.startswith("*.")
        try:
            address = parse_host(place[2:] if wildcard else place)
            if wildcard and address is not None:
                raise ValueError("'*.' stands before a name, not before an address")
        except ValueError as error:
            raise ValueError(f"{error}; an entry has one of the forms {_FORMS}") from None
        if address is not None:
            return cls(text, _reachable(ip_network(address)), "", port)
        return cls(text, None, place[1:].lower() if wildcard else place.lower(), port)

    def means(self, url: OutboundURL) -> bool:
        """Return whether it means the name and the port of a URL."""
        if self.network is not None or url.address is not None or self.port not in (None, url.port):
            return False
        return url.host.endswith(self.name) if self.name.startswith(".") else url.host == self.name

    def holds(self, address: IPAddress, port: int) -> bool:
        """Return whether it means an address and a port."""
        return self.network is not None and self.port in (None, port) and address in self.network

    def is_exactly(self, address: IPAddress) -> bool:
        """Return whether it means this address and no other."""
        return self.network is not None and self.network == ip_network(address)


def _network(text: str) -> IPNetwork:
    if "%" in text:
        raise ValueError("an IPv6 address has no zone here")
    try:
        return ip_network(text)
    except ValueError as error:
        try:
            meant = f"; did you mean {ip_network(text, strict=False)}?"
        except ValueError:
            meant = f"; an entry has one of the forms {_FORMS}"
        raise ValueError(f"{error}{meant}") from None


def _reachable(network: IPNetwork) -> IPNetwork:
    """Return a network. Raises ValueError if nothing in it is ever connected to: an entry would mean nothing."""
    for refused, _ in (*DISGUISED, *UNUSABLE):
        inside = network.version == refused.version and network.subnet_of(refused)  # type: ignore[arg-type]
        if inside and network != ip_network(LOOPBACK):
            raise ValueError(f"nothing in {network} is ever connected to ({refused}): an entry would mean nothing")
    return network


def checked_rule(value: object) -> object:
    """Return the text of an entry in lower case, as pydantic asks for it. Raises ValueError for none that is one."""
    return Rule.parse(value.strip().lower()).text if isinstance(value, str) else value
