"""What stands for other servers: `context.http` that answers as a test says, and sends nothing."""

from __future__ import annotations

import json as json_module
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias, Unpack
from urllib.parse import urlencode, urlsplit

from ..http_client import HTTPClient, HTTPResponse, OutboundError, RequestOptions
from ..types import Headers


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """A request that a plugin made.

    Attributes:
        method: In upper case.
        url: Its query included.
        headers: Those that the plugin gave.
        json: The body, where it was given as an object.
        content: The body as it would have been sent.
        plugin: Whose request it is.
        timeout: The seconds that the plugin gave it, or None.
    """

    method: str
    url: str
    headers: Headers = field(default_factory=Headers)
    json: Any = None
    content: bytes = b""
    plugin: str = ""
    timeout: float | None = None


Reply: TypeAlias = HTTPResponse | Exception | Callable[[OutboundRequest], HTTPResponse | Awaitable[HTTPResponse]]
"""A response, an exception that is raised, or a function (async too) that makes a response of a request."""


@dataclass(slots=True)
class _Rule:
    method: str | None
    url: str
    reply: Reply
    left: int | None

    def fits(self, method: str, url: str) -> bool:
        if self.left == 0 or self.method not in (None, method):
            return False
        plain = url.partition("?")[0]
        return url.startswith(self.url[:-1]) if self.url.endswith("*") else self.url in (url, plain)


class ScriptedHTTP(HTTPClient):
    """An `HTTPClient` whose answers a test scripts. A request that nothing is scripted for raises OutboundError.

    Attributes:
        requests: What plugins asked for, in order.
    """

    def __init__(self) -> None:
        self.requests: list[OutboundRequest] = []
        self._rules: list[_Rule] = []

    def respond(
        self,
        url: str,
        reply: Reply | None = None,
        *,
        method: str | None = None,
        status_code: int = 200,
        json: Any = None,
        content: bytes = b"",
        times: int | None = None,
    ) -> None:
        """Answer requests for a URL; what was said last comes first.

        Args:
            url: With its query, without it for any query, or the beginning of URLs and `*`.
            reply: A response, an exception, or a function of the request; None: a response of what follows.
            method: None: any.
            status_code: Of that response.
            json: Its body, as JSON.
            content: Its body, as it is.
            times: How many requests are answered by it; None: all.
        """
        if reply is None:
            reply = HTTPResponse.mock(status_code, json=json, content=content)
        self._rules.insert(0, _Rule(None if method is None else method.upper(), url, reply, times))

    async def request(self, method: str, url: str, **options: Unpack[RequestOptions]) -> HTTPResponse:
        """Return what the test scripted."""
        return await self.answer(outbound_request(method, url, options))

    @asynccontextmanager
    async def stream(self, method: str, url: str, **options: Unpack[RequestOptions]) -> AsyncIterator[_Streamed]:
        """Give what the test scripted as a stream of one chunk."""
        yield _Streamed(await self.request(method, url, **options))

    async def answer(self, request: OutboundRequest) -> HTTPResponse:
        """Note a request, and return or raise what the test scripted for it; hosts call it."""
        self.requests.append(request)
        rule = next((rule for rule in self._rules if rule.fits(request.method, request.url)), None)
        if rule is None:
            host = urlsplit(request.url).netloc
            known = ", ".join(f"{one.method or 'any'} {one.url}" for one in self._rules) or "nothing"
            raise OutboundError(
                host,
                f"the test scripts no answer to {request.method} {request.url}: say http.respond({request.url!r}, ...);"
                f" it scripts {known}",
            )
        if rule.left is not None:
            rule.left -= 1
        reply = rule.reply
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, HTTPResponse):
            return reply
        made = reply(request)
        return made if isinstance(made, HTTPResponse) else await made


class _Streamed:
    """The SDK's `StreamedResponse`, of a response that is there already."""

    def __init__(self, response: HTTPResponse) -> None:
        self._response = response
        self.status_code = response.status_code
        self.headers = response.headers
        self.url = response.url

    async def chunks(self) -> AsyncIterator[bytes]:
        if self._response.content:
            yield self._response.content

    async def read(self) -> HTTPResponse:
        return self._response


def outbound_request(method: str, url: str, options: RequestOptions, plugin: str = "") -> OutboundRequest:
    """Return a request as a record; hosts call it too.

    Raises:
        TypeError: for an option that no request has.
        ValueError: for two bodies, or a header that cannot be sent.
    """
    unknown = sorted(set(options) - set(RequestOptions.__annotations__))
    if unknown:
        raise TypeError(
            f"requests have no option {', '.join(unknown)}; they have {', '.join(RequestOptions.__annotations__)}"
        )
    json, content = options.get("json"), options.get("content")
    if json is not None and content is not None:
        raise ValueError("a request has one body: json or content")
    params = options.get("params")
    if params:
        url += ("&" if "?" in url else "?") + urlencode(
            params if isinstance(params, Mapping) else list(params), doseq=True
        )
    body = content.encode() if isinstance(content, str) else content
    if json is not None:
        body = json_module.dumps(json).encode()
    return OutboundRequest(
        method.upper(), url, Headers.of(options.get("headers")), json, body or b"", plugin, options.get("timeout")
    )
