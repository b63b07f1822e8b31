"""URLs of plugins' requests, parsed strictly: what can be read in two ways is refused.

There is one reading of a URL, and the policy decides about the very thing that is connected to: nothing is stripped,
decoded or guessed, and no part of a system that comes later gets the text to see.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, Self

from routeiq_plugin_sdk import OutboundRefused

from .addresses import IPAddress

_URL: Final = re.compile(r"(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?", re.IGNORECASE)
_OTHER_SCHEME: Final = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)
_BRACKETED: Final = re.compile(r"\[([^\[\]]*)\](?::(.*))?")
_VISIBLE: Final = re.compile(r"[!-~]+")
_NAME: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")
# The URL Standard's "ends in a number": what some part of a system would take for an IPv4 address.
_ENDS_IN_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_LONGEST_NAME: Final = 253
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class OutboundURL:
    """A URL that was parsed.

    Attributes:
        scheme: `http` or `https`.
        host: A name in lower case, or an address in its shortest form, without brackets.
        address: The host, if it is an address.
        path: The rest, from `/` on, with the query; without a fragment. It may hold secrets.
    """

    scheme: str
    host: str
    address: IPAddress | None
    port: int
    path: str = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Return a parsed URL.

        Raises:
            OutboundRefused: It is no `http` or `https` URL in the one spelling that is understood.
        """
        if not _VISIBLE.fullmatch(url):
            raise OutboundRefused("", "a URL holds visible ASCII characters only: percent-encode others in its path")
        if "\\" in url:
            raise OutboundRefused("", "a URL holds no backslash: percent-encode it")
        found = _URL.fullmatch(url)
        if found is None:
            what = "this scheme is not let through" if _OTHER_SCHEME.match(url) else "this is no absolute URL"
            raise OutboundRefused("", f"{what}: a URL begins with https:// or http://")
        scheme, authority, path, query = found[1].lower(), found[2], found[3], found[4] or ""
        if "@" in authority:
            raise OutboundRefused("", "a URL has no user name or password: use a header")
        try:
            host, port_text = split_port(authority)
            address = parse_host(host)
            port = _DEFAULT_PORTS[scheme] if port_text is None else parse_port(port_text)
        except ValueError as error:
            raise OutboundRefused(authority[:_LONGEST_NAME], str(error)) from None
        return cls(scheme, host.lower() if address is None else str(address), address, port, (path or "/") + query)

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """Host and port as a URL has them; a port that is the scheme's own is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def split_port(authority: str) -> tuple[str, str | None]:
    """Return a host, an IPv6 address with its brackets, and the text of the port behind it, if there is one.

    Raises:
        ValueError: There is neither.
    """
    if authority.startswith("["):
        found = _BRACKETED.fullmatch(authority)
        if found is None:
            raise ValueError("a '[' encloses an IPv6 address, which ends with ']' and perhaps a port")
        return f"[{found[1]}]", found[2]
    host, colon, port = authority.partition(":")
    return host, port if colon else None


def parse_port(text: str) -> int:
    """Return a port. Raises ValueError if it is none."""
    if not _PORT.fullmatch(text) or int(text) > 65_535:
        raise ValueError("a port is a number from 1 to 65535, without leading zeros")
    return int(text)


def parse_host(host: str) -> IPAddress | None:
    """Return the address that a host is, or None if it is a name.

    Raises:
        ValueError: It is neither, in the one spelling of each.
    """
    if host.startswith("["):
        return _ipv6(host[1:-1])
    lowered = host.lower()
    if _ENDS_IN_NUMBER.fullmatch(lowered):
        try:
            return IPv4Address(host)
        except AddressValueError:
            raise ValueError("an IPv4 address is written as four decimal numbers, such as 198.51.100.7") from None
    if not host:
        raise ValueError("the host is missing")
    if len(host) > _LONGEST_NAME or not host.isascii() or not _NAME.fullmatch(lowered):
        raise ValueError(
            "a host name is written as up to 253 ASCII letters, digits, '-' and '_', with single dots between them and"
            " none at the end (a name in another script in its form xn--...)"
        )
    return None


def _ipv6(text: str) -> IPv6Address:
    if "%" in text:
        raise ValueError("an IPv6 address has no zone here")
    try:
        return IPv6Address(text)
    except AddressValueError:
        raise ValueError("what stands in brackets is no IPv6 address") from None
