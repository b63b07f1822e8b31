"""`context.http`: an HTTP client that goes only where the operator lets it, redirects and DNS answers included.

OutboundError           no usable answer: the server is out of reach, too slow, breaks off, or speaks no HTTP
├── OutboundRefused     the policy does not let the request go there, or its URL is not spelled as it must be
├── OutboundTimeout     its time was over
└── OutboundStatus      it was answered with an error; raised by `HTTPResponse.raise_for_status` alone

Their messages name the host and what happened, never a path or query: those may hold secrets.
"""

from __future__ import annotations

import json as json_module
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, Self, TypedDict, Unpack

from .types.headers import HeaderItems, Headers

QueryValue = str | int | float
QueryParams = Mapping[str, QueryValue | Sequence[QueryValue]] | Iterable[tuple[str, QueryValue]]

_CHARSET = re.compile(r""";\s*charset\s*=\s*"?([\w.:-]+)""", re.IGNORECASE)


class OutboundError(Exception):
    """A request of a plugin's has brought no usable answer.

    Attributes:
        host: Whom it was for, with the port where that is not the scheme's own; empty where the URL names none.
        reason: What happened. It may name addresses of the operator's network: for logs, not for clients.
    """

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(host, reason)
        self.host = host
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.host}: {self.reason}" if self.host else self.reason


class OutboundRefused(OutboundError):
    """The operator's policy does not let a request go there, or the URL is malformed. Nothing was sent to that host."""


class OutboundTimeout(OutboundError):
    """No answer, or no whole one, came in time."""


class OutboundStatus(OutboundError):
    """The answer is an error; `response` is the whole of it."""

    def __init__(self, host: str, reason: str, response: HTTPResponse) -> None:
        super().__init__(host, reason)
        self.response = response


class RequestOptions(TypedDict, total=False):
    """What every method of `HTTPClient` takes by keyword.

    Attributes:
        params: Added to the URL's query, percent-encoded; a sequence stands for the same name several times.
        headers: Of the request. `host` and those that frame the message are the client's own.
        json: The body as an object that JSON can hold, sent with `content-type: application/json`.
        content: The body as it is; text is sent as UTF-8. Either this or `json`.
        timeout: Seconds until the whole response has come; of a stream, until its head has, and between any two pieces
            of its body. None: what the operator set (`outbound.timeout`).
        max_redirects: How many redirects are followed at most; 5 by default, and with 0 a redirect is the response.
    """

    params: QueryParams | None
    headers: HeaderItems | None
    json: Any
    content: bytes | str | None
    timeout: float | None
    max_redirects: int


@dataclass(frozen=True, slots=True)
class HTTPResponse:
    """A whole response.

    Attributes:
        status_code: 200 to 999.
        headers: Of the response, less `content-encoding` and `content-length` where a compressed body was decoded.
        content: The body, decoded.
        url: Where it came from, after redirects.
    """

    status_code: int
    headers: Headers = field(default_factory=Headers)
    content: bytes = field(default=b"", repr=False)
    url: str = field(default="", repr=False)  # may hold secrets

    @property
    def text(self) -> str:
        """The body as text, by the charset of its `content-type` or UTF-8; what is not in it becomes U+FFFD."""
        found = _CHARSET.search(self.headers.get("content-type") or "")
        try:
            return self.content.decode(found[1] if found else "utf-8", "replace")
        except LookupError:  # a charset that nobody knows
            return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the body's JSON. Raises ValueError if it is none."""
        return json_module.loads(self.content)

    def raise_for_status(self) -> Self:
        """Return the response, unless its status is an error.

        Raises:
            OutboundStatus: for 400 and above.
        """
        if self.status_code >= 400:
            host = re.sub(r"^\w+://|[/?#].*", "", self.url, flags=re.DOTALL)
            raise OutboundStatus(host, f"answered with status {self.status_code}", self)
        return self

    @classmethod
    def mock(
        cls, status_code: int = 200, *, json: Any = None, content: bytes = b"", headers: HeaderItems | None = None
    ) -> Self:
        """Return a response for tests: with a JSON body, or with `content` as it is."""
        fields = Headers.of(headers)
        if json is not None:
            content = json_module.dumps(json).encode()
            fields = Headers.of({"content-type": "application/json"}).with_headers(dict(fields.items()))
        return cls(status_code, fields, content, "https://mock.example/")


class StreamedResponse(Protocol):
    """A response whose head has come, and whose body comes as it is read: by `chunks` or, once, by `read`."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Headers: ...
    @property
    def url(self) -> str: ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body, decoded, as it comes: however long it is. Raises OutboundError if it does not come whole."""

    async def read(self) -> HTTPResponse:
        """Return the whole response, within the limit of a whole body. Raises OutboundError."""


class HTTPClient(Protocol):
    """Makes requests over HTTP/1.1 to where the operator lets plugins go (`outbound:` in the gateway's settings).

    By default that is every public address, and none in the operator's network. The name is resolved by the client, all
    its addresses are checked, and the connection is made to one of them; so is every redirect. Names of certificates
    are verified. There are no cookies and no proxies, and nothing is read from environment variables.

    Across origins a redirect is followed without the plugin's own headers, but for those that say nothing of the caller
    (`accept`, `content-type` and the like), and never with a body. It is not followed from `https` to `http`.

    All methods raise ValueError for a method or a header that cannot be sent, OutboundRefused where a request may not
    go, and OutboundError where it brings no whole answer.
    """

    async def request(self, method: str, url: str, **options: Unpack[RequestOptions]) -> HTTPResponse:
        """Send a request, and return the whole response, whatever its status."""

    async def get(self, url: str, **options: Unpack[RequestOptions]) -> HTTPResponse:
        """Send a GET request, and return the whole response."""
        return await self.request("GET", url, **options)

    async def post(self, url: str, **options: Unpack[RequestOptions]) -> HTTPResponse:
        """Send a POST request, and return the whole response."""
        return await self.request("POST", url, **options)

    async def put(self, url: str, **options: Unpack[RequestOptions]) -> HTTPResponse:
        """Send a PUT request, and return the whole response."""
        return await self.request("PUT", url, **options)

    async def patch(self, url: str, **options: Unpack[RequestOptions]) -> HTTPResponse:
        """Send a PATCH request, and return the whole response."""
        return await self.request("PATCH", url, **options)

    async def delete(self, url: str, **options: Unpack[RequestOptions]) -> HTTPResponse:
        """Send a DELETE request, and return the whole response."""
        return await self.request("DELETE", url, **options)

    def stream(
        self, method: str, url: str, **options: Unpack[RequestOptions]
    ) -> AbstractAsyncContextManager[StreamedResponse]:
        """Send a request, and give the response as soon as its head has come; the block's end closes it."""
