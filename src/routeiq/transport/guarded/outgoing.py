"""A plugin's request as it is sent: checked, its body encoded; and what a redirect makes of it."""

from __future__ import annotations

import dataclasses
import json as json_module
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode, urljoin

from routeiq_plugin_sdk import Headers, OutboundRefused, RequestOptions
from routeiq_plugin_sdk.http_client import QueryParams
from routeiq_plugin_sdk.types.headers import HeaderItems, RawHeaders

from routeiq.core.outbound import OutboundPolicy, OutboundURL
from routeiq.core.version import host_version

from ..content_coding import ACCEPTED

_METHOD: Final = re.compile(r"[A-Z][A-Z0-9-]*")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_REFUSED_METHODS: Final = frozenset({"CONNECT", "TRACE"})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# All that goes along to another origin: what says nothing of the caller, and opens nothing.
_HARMLESS: Final = frozenset(
    {b"accept", b"accept-encoding", b"accept-language", b"content-language", b"content-type", b"user-agent"}
)
_OF_A_BODY: Final = frozenset({b"content-encoding", b"content-language", b"content-location", b"content-type"})


@dataclass(frozen=True, slots=True)
class Options:
    """`RequestOptions` with their defaults."""

    params: QueryParams | None = None
    headers: HeaderItems | None = None
    json: Any = None
    content: bytes | str | None = None
    timeout: float | None = None
    max_redirects: int = 5

    @classmethod
    def of(cls, options: RequestOptions) -> Options:
        """Return options that were given.

        Raises:
            TypeError: for a name that is none of theirs.
            ValueError: for a value that cannot be.
        """
        known = [one.name for one in dataclasses.fields(cls)]
        unknown = sorted(options.keys() - set(known))
        if unknown:
            raise TypeError(f"a request takes no argument {unknown[0]!r}; there are: {', '.join(known)}")
        made = cls(**options)
        if made.timeout is not None and not 0 < made.timeout < math.inf:
            raise ValueError(f"a timeout is in seconds and above 0, not {made.timeout!r}")
        if made.json is not None and made.content is not None:
            raise ValueError("a request has one body: give json or content")
        return made


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request to one URL."""

    method: str
    url: OutboundURL
    headers: RawHeaders = field(repr=False)
    body: bytes = field(repr=False)

    @classmethod
    def make(cls, policy: OutboundPolicy, method: str, url: str, options: Options) -> Outgoing:
        """Return the request that a plugin asks for.

        Raises:
            OutboundRefused: The URL is malformed, or its host may not be reached.
            ValueError: The method or a header cannot be sent.
        """
        if not _METHOD.fullmatch(method.upper()) or method.upper() in _REFUSED_METHODS:
            raise ValueError(f"{method!r} is no method that can be sent: use GET, POST or another of the kind")
        parsed = policy.parse(url)
        query = _query(options.params)
        if query:
            path = f"{parsed.path}{'&' if '?' in parsed.path else '?'}{query}"
            parsed = dataclasses.replace(parsed, path=path)
        headers = Headers.of(options.headers)
        if "accept-encoding" in headers:
            raise ValueError("the header accept-encoding is the client's own to set: it decodes what comes")
        body, kind = _body(options)
        defaults = {"accept": "*/*", "accept-encoding": ACCEPTED, "user-agent": f"routeiq/{host_version()}"}
        if kind is not None:
            defaults["content-type"] = kind
        missing = {name: value for name, value in defaults.items() if name not in headers}
        return cls(method.upper(), parsed, headers.with_added(missing).raw, body)

    def redirected(self, policy: OutboundPolicy, status: int, location: str | None) -> Outgoing | None:
        """Return the request that follows from a response, or None if it is not a redirect.

        By RFC 9110 section 15.4, and as browsers do it: 303 turns all but HEAD into GET, 301 and 302 turn POST into
        GET, and 307 and 308 turn nothing.

        Raises:
            OutboundRefused: It may not be followed.
        """
        if status not in _REDIRECTS or location is None:
            return None
        try:
            url = policy.parse(self._joined(_escaped(location)))
        except ValueError:  # urljoin's, for brackets that it does not understand
            raise OutboundRefused("", f"{self.url.authority} redirects to what is no URL") from None
        except OutboundRefused as error:
            raise OutboundRefused(error.host, f"{error.reason} ({self.url.authority} redirects there)") from None
        if self.url.tls and not url.tls:
            raise OutboundRefused(url.authority, f"{self.url.authority} redirects from https to http")
        method, headers, body = self.method, self.headers, self.body
        if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
            method, body = "GET", b""
            headers = tuple(pair for pair in headers if pair[0] not in _OF_A_BODY)
        if not _same_origin(self.url, url):
            if body:
                raise OutboundRefused(
                    url.authority, f"{self.url.authority} redirects a request with a body to another origin"
                )
            headers = tuple(pair for pair in headers if pair[0] in _HARMLESS)
        return Outgoing(method, url, headers, body)

    def _joined(self, reference: str) -> str:
        """Return a reference as a URL. What begins with a scheme is one: urljoin would take `http:x` for a path."""
        return reference if _SCHEME.match(reference) else urljoin(str(self.url), reference)


def _same_origin(before: OutboundURL, after: OutboundURL) -> bool:
    """Return whether secrets may go along: to the same origin, or to the same host's default port with TLS."""
    if (before.host, before.port) == (after.host, after.port):
        return before.tls == after.tls
    return before.host == after.host and (before.port, after.port) == (80, 443) and after.tls


def _escaped(location: str) -> str:
    """Return a location whose bytes beyond visible ASCII are percent-encoded, as browsers read it."""
    return "".join(char if "!" <= char <= "~" else f"%{ord(char):02X}" for char in location)


def _query(params: QueryParams | None) -> str:
    if params is None:
        return ""
    items: Iterable[tuple[str, Any]] = params.items() if isinstance(params, Mapping) else params
    pairs = [(name, one) for name, value in items for one in (value if isinstance(value, list | tuple) else [value])]
    for name, value in pairs:
        if not isinstance(value, str | int | float):
            raise ValueError(f"the parameter {name!r} is text or a number, not {type(value).__name__}")
    return urlencode([(name, str(value).lower() if isinstance(value, bool) else value) for name, value in pairs])


def _body(options: Options) -> tuple[bytes, str | None]:
    """Return the body's bytes, and its media type where the client knows it."""
    if options.json is not None:
        text = json_module.dumps(options.json, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        return text.encode(), "application/json"
    if isinstance(options.content, str):
        return options.content.encode(), "text/plain; charset=utf-8"
    return b"" if options.content is None else bytes(options.content), None
