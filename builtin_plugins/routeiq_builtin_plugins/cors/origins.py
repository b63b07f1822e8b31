"""Which origins are allowed: exact ones, subdomains, ports, or all. An origin is scheme, host and port (RFC 6454)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}
_ORIGIN: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.\-]*)://(?P<wild>\*\.)?(?P<host>[a-z0-9_\-]+(?:\.[a-z0-9_\-]+)*|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>\d{1,5}|\*))?"
)


class Origins:
    """The allowed origins, made ready to be asked.

    Attributes:
        everybody: Whether any origin is allowed.
    """

    __slots__ = ("_exact", "_patterns", "everybody")

    def __init__(self, origins: Sequence[str]) -> None:
        """Raises ValueError for a text that is no origin, and says what would be one."""
        self.everybody = "*" in origins
        self._exact: set[str] = set()
        patterns = []
        for origin in origins:
            if origin == "*":
                continue
            if origin == "null":
                self._exact.add(origin)
                continue
            parts = _parts(origin)
            if parts["wild"] or parts["port"] == "*":
                patterns.append(_pattern(parts))
            else:
                self._exact.add(_serialized(parts))
        # One expression without nested repetition: what a client sends is matched in linear time.
        self._patterns = re.compile("|".join(patterns)) if patterns else None

    def allows(self, origin: str) -> bool:
        """Return whether pages of an origin may read answers; `origin` as the browser sends it."""
        if self.everybody or origin in self._exact:
            return True
        return self._patterns is not None and len(origin) <= 512 and self._patterns.fullmatch(origin) is not None


def _parts(origin: str) -> dict[str, str]:
    found = _ORIGIN.fullmatch(origin.lower())
    if found is None:
        raise ValueError(
            f"{origin!r} is no origin: write scheme, host and, if it is not the usual one, port, and nothing behind:"
            " https://app.example.com, https://*.example.com, http://localhost:3000; names beyond ASCII as xn--"
        )
    return {name: text or "" for name, text in found.groupdict().items()}


def _serialized(parts: dict[str, str]) -> str:
    """Return the origin as browsers send it: without the port that goes with the scheme."""
    usual = parts["port"] in ("", _DEFAULT_PORTS.get(parts["scheme"]))
    return f"{parts['scheme']}://{parts['host']}{'' if usual else ':' + parts['port']}"


def _pattern(parts: dict[str, str]) -> str:
    below = r"[a-z0-9_\-]+(?:\.[a-z0-9_\-]+)*\." if parts["wild"] else ""
    port = parts["port"]
    if port != "*":
        return re.escape(parts["scheme"] + "://") + below + re.escape(_serialized(parts).partition("://")[2])
    return re.escape(parts["scheme"] + "://") + below + re.escape(parts["host"]) + r"(?::\d{1,5})?"
