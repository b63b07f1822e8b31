"""Where a request goes, and the bytes of its head.

A URL is checked and encoded once, so that a request costs a concatenation. Everything that becomes part of a head is
checked before it is written: method, path, and each header's name and value (RFC 9110 sections 5 and 9, RFC 9112
section 3.2). What frames the message is the client's own and is refused among the headers.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

RequestHeaders = Sequence[tuple[bytes, bytes]]

_FRAMING: Final = frozenset(
    {
        b"connection",
        b"content-length",
        b"expect",
        b"host",
        b"keep-alive",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIELDS: Final = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]++: [^\0\r\n]*+\r\n)*+")
_REG_NAME: Final = re.compile(r"[0-9A-Za-z_](?:[0-9A-Za-z._-]*[0-9A-Za-z_.])?")
_VISIBLE: Final = re.compile(r"[!-~]+")
_WITHOUT_BODY: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "TRACE"})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """A scheme, a host and a port (RFC 6454): what one pool of connections leads to.

    Attributes:
        host: A name or an address; an IPv6 address without brackets.
    """

    host: str
    port: int
    tls: bool

    def __post_init__(self) -> None:
        address = ":" in self.host and "%" not in self.host and ipaddress.IPv6Address(self.host)
        if not address and not _REG_NAME.fullmatch(self.host):
            raise ValueError("a host must be a name of ASCII letters, digits, '.', '-' and '_', or an IP address")

    @property
    def authority(self) -> str:
        """The value of the host header: the port is left out where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def scheme(self) -> str:
        """`https` or `http`."""
        return "https" if self.tls else "http"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


@dataclass(frozen=True, slots=True)
class Target:
    """An origin with a path and query: a URL that was parsed and encoded once.

    Attributes:
        path: The request target in origin form, percent-encoded: path and query.
        name: The origin, written out; identifies its pool.
    """

    origin: Origin
    path: str
    name: str = field(init=False, compare=False, repr=False)
    _after_method: bytes = field(init=False, compare=False, repr=False)
    _post: bytes = field(init=False, compare=False, repr=False)
    _known: list[tuple[RequestHeaders, bytes]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or not _VISIBLE.fullmatch(self.path):
            raise ValueError(
                f"{self.origin}: a path must start with '/' and be percent-encoded; it holds another character"
            )
        after_method = f" {self.path} HTTP/1.1\r\nhost: {self.origin.authority}\r\n".encode("ascii")
        object.__setattr__(self, "name", str(self.origin))
        object.__setattr__(self, "_after_method", after_method)
        object.__setattr__(self, "_post", b"POST" + after_method)
        object.__setattr__(self, "_known", [((), b"")])

    @classmethod
    def parse(cls, url: str) -> Target:
        """Return the target of an absolute `http` or `https` URL; a fragment stays behind.

        Raises:
            ValueError: The URL is not one, has user information, or holds characters that must be percent-encoded.
                The message does not repeat it, as it may hold credentials.
        """
        if not _VISIBLE.fullmatch(url):  # urlsplit would silently drop some of them
            raise ValueError("a URL is empty or holds a blank, a control or a non-ASCII character: percent-encode it")
        parts = urlsplit(url)
        if parts.scheme not in _DEFAULT_PORTS:
            raise ValueError("a URL must begin with http:// or https://")
        if "@" in parts.netloc:
            raise ValueError("a URL must not hold a user name or password: use a header")
        tls = parts.scheme == "https"
        port = parts.port
        origin = Origin(parts.hostname or "", _DEFAULT_PORTS[parts.scheme] if port is None else port, tls)
        return cls(origin, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))

    def head(self, method: str, headers: RequestHeaders, length: int, further: RequestHeaders = ()) -> bytes:
        """Return the head of a request whose body has the given length in bytes.

        Args:
            headers: Where they are the same tuple as last time, their lines are not written anew.
            further: Those of this request alone.

        Raises:
            ValueError: The method or a header holds what would change the message's structure, or is the client's own.
        """
        if method == "POST":
            start = self._post
        elif _TOKEN.fullmatch(method):
            start = method.encode("ascii") + self._after_method
        else:
            raise ValueError(f"{self.name}: the method is not a token of RFC 9110")
        known, fields = self._known[0]
        if headers is not known:
            fields = _fields(self.name, headers)
            if isinstance(headers, tuple):  # immutable: the same object is the same headers, as a deployment's are
                self._known[0] = headers, fields
        if further:
            fields += _fields(self.name, further)
        if not length and method in _WITHOUT_BODY:
            return b"%b%b\r\n" % (start, fields)
        return b"%b%bcontent-length: %d\r\n\r\n" % (start, fields, length)


def _fields(origin: str, headers: RequestHeaders) -> bytes:
    """Return headers as lines; one match over all of them is cheaper than one for each."""
    lines = []
    for name, value in headers:
        if name.lower() in _FRAMING or b":" in name:
            raise ValueError(f"{origin}: the header name {name!r} is the client's own to set, or is not a token")
        lines.append(b"%b: %b\r\n" % (name, value))
    block = b"".join(lines)
    # A pair that holds a line break looks like two good lines, so that the lines are counted too.
    if _FIELDS.fullmatch(block) is None or block.count(b"\n") != len(lines):
        raise ValueError(f"{origin}: a header's name is not a token, or its value holds CR, LF or NUL")
    return block
