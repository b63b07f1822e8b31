"""The request as plugins see it: read-only values over what ASGI carries, decoded when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any, Self
from urllib.parse import parse_qsl, quote, urlencode

from .headers import HeaderItems, Headers


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request, as an `authenticate` hook found out.

    Attributes:
        id: Stable and unique: rate limits, budgets and cache keys are kept by it.
        roles: What the principal may do, in words that the operator's plugins agree on.
        models: The model names that it may call; None: all of them.
        metadata: Whatever else the provider knows, such as the name of a team.
    """

    id: str
    roles: frozenset[str] = frozenset()
    models: frozenset[str] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def may_use(self, model: str) -> bool:
        """Return whether the principal may call the model."""
        return self.models is None or model in self.models


@dataclass(frozen=True, slots=True)
class ClientAddress:
    """Where a request came from; behind trusted proxies, what they say of it."""

    host: str
    port: int = 0


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """The client's certificate, from ASGI's TLS extension (version 0.2).

    Attributes:
        subject: The distinguished name, RFC 4514 text, or None when the server does not tell.
        chain: The certificates in PEM form, the client's own first.
        error: Why the certificate was not accepted, or None.
    """

    subject: str | None
    chain: tuple[str, ...] = ()
    error: str | None = None


class PluginRequest:
    """An HTTP request or a WebSocket handshake. Read-only: `replace` makes a changed copy for `rewrite` to return.

    Attributes:
        id: The request id: the client's valid `x-request-id`, or one made by the gateway.
        method: In upper case; `WEBSOCKET` for a handshake.
        path: Percent-decoded.
        headers: Case-insensitive, in order, repeated fields kept.
        shared: For plugins of this request to pass values along; the same mapping on all copies of the request.
        principal: Who it is, once `authenticate` has said so; else None.
    """

    # What most requests never need is worked out when it is asked for; until then these stand for it.
    principal: Principal | None = None
    _client: ClientAddress | None = None
    _query: Mapping[str, str] | None = None
    _cookies: Mapping[str, str] | None = None

    def __init__(
        self,
        id: str,
        method: str,
        path: str,
        headers: Headers,
        connection: Mapping[str, Any],
        shared: dict[str, Any],
        principal: Principal | None = None,
    ) -> None:
        """Hosts construct requests; plugins receive them, and tests use `PluginRequest.mock`.

        Args:
            connection: What else is known, under the names of an ASGI scope; looked at when it is asked for.
        """
        self.id = id
        self.method = method
        self.path = path
        self.headers = headers
        self.shared = shared
        self._connection = connection
        if principal is not None:
            self.principal = principal

    @property
    def query_string(self) -> bytes:
        """The query as received, without the question mark."""
        query: bytes = self._connection.get("query_string", b"")
        return query

    @property
    def scheme(self) -> str:
        """One of `http`, `https`, `ws` and `wss`."""
        scheme: str = self._connection.get("scheme", "http")
        return scheme

    @property
    def http_version(self) -> str:
        """Such as `1.1` or `2`."""
        version: str = self._connection.get("http_version", "1.1")
        return version

    @property
    def client(self) -> ClientAddress | None:
        """Where the request came from, forwarding headers of trusted proxies considered; None if unknown."""
        peer = self._connection.get("client")
        if self._client is None and peer:
            self._client = ClientAddress(peer[0], peer[1])
        return self._client

    @property
    def query(self) -> Mapping[str, str]:
        """The query's parameters, decoded; of a repeated one the first value (`query_list` has all)."""
        if self._query is None:
            self._query = dict(reversed(self.query_list))
        return self._query

    @property
    def query_list(self) -> list[tuple[str, str]]:
        """All parameters of the query, in order, repeated ones too."""
        return parse_qsl(self.query_string.decode("latin-1"), keep_blank_values=True)

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies of the request; one that cannot be parsed is left out."""
        if self._cookies is None:
            self._cookies = dict(
                pair for text in self.headers.get_list("cookie") for part in text.split(";") for pair in _cookie(part)
            )
        return self._cookies

    @property
    def client_certificate(self) -> ClientCertificate | None:
        """The client's certificate, if the server speaks ASGI's TLS extension and the client showed one."""
        tls = (self._connection.get("extensions") or {}).get("tls")
        if not tls or not (tls.get("client_cert_chain") or tls.get("client_cert_name")):
            return None
        chain, error = tls.get("client_cert_chain") or (), tls.get("client_cert_error")
        return ClientCertificate(tls.get("client_cert_name"), tuple(chain), error)

    @property
    def url(self) -> str:
        """Path and query as they would stand in a request line."""
        path = quote(self.path, safe="/%:@!$&'()*+,;=~-._")
        return f"{path}?{self.query_string.decode('latin-1')}" if self.query_string else path

    def replace(
        self,
        *,
        method: str | None = None,
        path: str | None = None,
        query: Mapping[str, str] | list[tuple[str, str]] | str | None = None,
        headers: HeaderItems | Headers | None = None,
        principal: Principal | None = None,
    ) -> Self:
        """Return a copy with these parts replaced; `shared` stays the same mapping.

        Args:
            query: Parameters, or the query's text as it should stand in the URL.
            headers: All headers of the copy; to change some, pass `request.headers.with_headers({...})`.

        Raises:
            ValueError: if a header could split the message, or the path does not start with a slash.
        """
        if path is not None and not path.startswith("/") and path != "*":
            raise ValueError(f"path {path!r} must start with '/'")
        connection = self._connection
        if query is not None:
            text = query if isinstance(query, str) else urlencode(query)
            connection = {**connection, "query_string": text.encode("latin-1")}
        if headers is not None and not isinstance(headers, Headers):
            headers = Headers.of(headers)
        return type(self)(
            self.id,
            self.method if method is None else method.upper(),
            self.path if path is None else path,
            self.headers if headers is None else headers,
            connection,
            self.shared,
            self.principal if principal is None else principal,
        )

    @classmethod
    def mock(
        cls,
        method: str = "GET",
        path: str = "/",
        *,
        headers: HeaderItems | None = None,
        query: Mapping[str, str] | str = "",
        client: ClientAddress | None = ClientAddress("127.0.0.1", 50000),
        scheme: str = "http",
        id: str = "mock-request",
        shared: dict[str, Any] | None = None,
        principal: Principal | None = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> Self:
        """Return a request for a test, each part with a plain default."""
        connection = {
            "query_string": (query if isinstance(query, str) else urlencode(query)).encode("latin-1"),
            "scheme": scheme,
            "client": None if client is None else (client.host, client.port),
            "extensions": extensions,
        }
        shared = {} if shared is None else shared
        return cls(id, method.upper(), path, Headers.of(headers), connection, shared, principal)

    def __repr__(self) -> str:
        return f"<PluginRequest {self.id} {self.method} {self.path}>"


def _cookie(part: str) -> list[tuple[str, str]]:
    try:
        return [(name, morsel.value) for name, morsel in SimpleCookie(part.strip()).items()]
    except CookieError:
        return []
