"""The CORS protocol of the Fetch standard: what a pre-flight is answered, and which headers an answer gets.

The standard: https://fetch.spec.whatwg.org/#http-cors-protocol. An origin that is not allowed is never told back to
whoever sent it, and what it may not read carries no header of the protocol at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from routeiq_plugin_sdk import Headers, PluginRequest, PluginResponse, ResponseMetadata

from .origins import Origins

_ALLOW_ORIGIN: Final = b"access-control-allow-origin"
_CREDENTIALS: Final = (b"access-control-allow-credentials", b"true")
_OWN: Final = b"access-control-"
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110 section 5.6.2
_PREFLIGHT_VARY: Final = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"


class Policy:
    """Who may read what, made ready from a configuration."""

    __slots__ = (
        "_any_header",
        "_any_method",
        "_credentials",
        "_headers",
        "_max_age",
        "_methods",
        "_origins",
        "_prefixes",
        "_shown",
    )

    def __init__(
        self,
        origins: Origins,
        credentials: bool,
        methods: Sequence[str],
        headers: Sequence[str],
        exposed: Sequence[str],
        max_age: int,
    ) -> None:
        """Make one; the arguments are the fields of the configuration, checked."""
        self._origins = origins
        self._credentials = credentials
        self._any_method = "*" in methods
        self._methods = tuple(dict.fromkeys(methods))
        self._any_header = "*" in headers
        self._headers = frozenset(name for name in headers if not name.endswith("*"))
        self._prefixes = tuple(name[:-1] for name in headers if name.endswith("*"))
        self._max_age = str(max_age)
        shown: list[tuple[bytes, bytes]] = [_CREDENTIALS] if credentials else []
        if exposed:
            shown.append((b"access-control-expose-headers", ", ".join(dict.fromkeys(exposed)).encode()))
        self._shown = tuple(shown)

    def preflight(self, request: PluginRequest) -> PluginResponse | None:
        """Return the answer to a pre-flight, or None for any other request."""
        if request.method != "OPTIONS":
            return None
        origin, method = request.headers.get("origin"), request.headers.get("access-control-request-method")
        if origin is None or method is None:
            return None
        vary = {"vary": _PREFLIGHT_VARY}
        if not self._origins.allows(origin):
            return PluginResponse.text("Pages of this origin may not call this gateway.", 403, vary)
        headers = {**vary, "access-control-allow-origin": "*" if self._origins.everybody else origin}
        if self._credentials:
            headers["access-control-allow-credentials"] = "true"
        if method not in self._methods and not (self._any_method and _TOKEN.fullmatch(method)):
            return PluginResponse.text("Pages may not use this method here.", 403, headers)
        # With `*` what was asked for is named: the asterisk itself would leave out `authorization`.
        headers["access-control-allow-methods"] = method if self._any_method else ", ".join(self._methods)
        asked = self._asked(request)
        if asked:
            headers["access-control-allow-headers"] = ", ".join(asked)
        headers["access-control-max-age"] = self._max_age
        return PluginResponse(b"", 204, headers)

    def applied(self, request: PluginRequest, response: ResponseMetadata) -> ResponseMetadata:
        """Return the response with the headers of the protocol: ours, and nobody else's."""
        raw = [pair for pair in response.headers.raw if not pair[0].startswith(_OWN)]
        preflight = self.preflight(request)
        if preflight is not None:
            # Whoever answered it: in the end these count.
            raw += [pair for pair in preflight.headers.raw if pair[0].startswith(_OWN)]
        elif self._origins.everybody:
            # The same for everybody, so that a cache may give it to everybody.
            raw += [(_ALLOW_ORIGIN, b"*"), *self._shown]
        else:
            origin = request.headers.get("origin")
            if origin is not None and self._origins.allows(origin):
                raw += [(_ALLOW_ORIGIN, origin.encode("latin-1")), *self._shown]
            # Without an origin too: a cache must not give a page what was kept for a request without one.
            raw = _varied(raw)
        return ResponseMetadata(
            response.status_code, Headers(tuple(raw)), response.short_circuited_by, response.aborted
        )

    def _asked(self, request: PluginRequest) -> list[str]:
        """Return those of the headers that a pre-flight asks for that are allowed."""
        lines = request.headers.get_list("access-control-request-headers")
        names = dict.fromkeys(name.strip().lower() for line in lines for name in line.split(","))
        return [name for name in names if _TOKEN.fullmatch(name) and self._allows_header(name)]

    def _allows_header(self, name: str) -> bool:
        return self._any_header or name in self._headers or name.startswith(self._prefixes)


def _varied(raw: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return headers whose `vary` names the origin (RFC 9110 section 12.5.5)."""
    for number, (name, value) in enumerate(raw):
        if name == b"vary":
            named = [part.strip().lower() for part in value.split(b",")]
            if b"*" in named or b"origin" in named:
                return raw
            return [*raw[:number], (name, value + b", Origin" if value.strip() else b"Origin"), *raw[number + 1 :]]
    return [*raw, (b"vary", b"Origin")]
