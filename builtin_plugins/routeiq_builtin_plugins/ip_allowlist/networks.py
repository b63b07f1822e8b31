"""Which of many networks an address is in: the narrowest one decides.

For each length of prefix there is a table; a look-up asks as many tables as there are lengths (33 at most for IPv4),
however many networks there are.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from typing import Final, NamedTuple

_BITS: Final = {4: 32, 6: 128}
_MAPPED: Final = 0xFFFF << 32  # ::ffff:0:0/96, RFC 4291 section 2.5.5.2
_MAPPED_LENGTH: Final = 96


class Network(NamedTuple):
    """A network: an address of its version as a number, cut to the length of its prefix."""

    version: int
    prefix: int
    length: int


def network(text: str) -> Network:
    """Return the network of `10.0.0.0/8`, `2001:db8::/32`, or of one address.

    IPv4 in IPv6's clothes (`::ffff:10.0.0.0/104`) is IPv4.

    Raises:
        ValueError: if it is none, or if there are bits behind the prefix.
    """
    try:
        parsed = ipaddress.ip_network(text)
    except ValueError:
        try:
            meant = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise ValueError(f"{text!r} is no address and no network: 192.0.2.7, 10.0.0.0/8, 2001:db8::/32") from None
        raise ValueError(f"{text!r} is an address in a network: write {meant} for all of the network") from None
    version, length, number = parsed.version, parsed.prefixlen, int(parsed.network_address)
    if version == 6 and length >= _MAPPED_LENGTH and number >> 32 == 0xFFFF:
        version, length, number = 4, length - _MAPPED_LENGTH, number - _MAPPED
    return Network(version, number >> (_BITS[version] - length), length)


class Networks:
    """Networks, each with the verdict for what is in it."""

    __slots__ = ("_tables",)

    def __init__(self, verdicts: Mapping[Network, bool]) -> None:
        tables: dict[int, dict[int, dict[int, bool]]] = {4: {}, 6: {}}
        for one, verdict in verdicts.items():
            tables[one.version].setdefault(one.length, {})[one.prefix] = verdict
        self._tables = {
            version: [(_BITS[version] - length, by_length[length]) for length in sorted(by_length, reverse=True)]
            for version, by_length in tables.items()
        }

    def verdict(self, host: str) -> bool | None:
        """Return the verdict of the narrowest network that an address is in; None if it is in none.

        Raises:
            ValueError: if the text is no address.
        """
        version, number = _number(host)
        for shift, table in self._tables[version]:
            found = table.get(number >> shift)
            if found is not None:
                return found
        return None


def _number(host: str) -> tuple[int, int]:
    """Return version and number of an address; the operating system reads it in a tenth of the time of `ipaddress`."""
    try:
        if ":" not in host:
            return 4, int.from_bytes(socket.inet_pton(socket.AF_INET, host), "big")
        # The zone of a link-local address (RFC 4007 section 11) says which interface, not who.
        number = int.from_bytes(socket.inet_pton(socket.AF_INET6, host.partition("%")[0]), "big")
    except (OSError, ValueError):
        raise ValueError(f"{host!r} is no address") from None
    return (4, number - _MAPPED) if number >> 32 == 0xFFFF else (6, number)
