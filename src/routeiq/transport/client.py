"""The client: requests to any number of origins, each with its pool."""

from __future__ import annotations

import asyncio
import ssl

from .errors import PoolClosed
from .pool import OriginPool, PoolLimits
from .response import UpstreamResponse
from .target import RequestHeaders, Target


class UpstreamClient:
    """An HTTP/1.1 client with keep-alive, for the event loop that first uses it.

    It sends what it is told and returns what comes: no redirects, cookies, proxies, content codings or environment
    variables. The one thing that it repeats is a request that met a kept connection which its peer had closed: if no
    byte of a response had come, it is sent once more, over a new connection.
    """

    def __init__(
        self,
        *,
        connect_timeout: float = 10.0,
        read_timeout: float = 600.0,
        max_connections: int = 1000,
        keepalive_seconds: float = 60.0,
        max_response_body: int = 64 * 1024 * 1024,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Set the bounds; nothing is opened before the first request.

        Args:
            connect_timeout: Seconds for resolving the name, connecting and the TLS handshake together.
            read_timeout: Seconds without any byte of a response after which it is given up; may be infinite.
            max_connections: To each origin; further requests wait, first come, first served.
            keepalive_seconds: For how long an unused connection is kept.
            max_response_body: Bytes that `UpstreamResponse.read` holds at most.
            ssl_context: For all origins with TLS; None: one with the system's authorities, made when first needed.
        """
        if min(connect_timeout, read_timeout, max_connections, keepalive_seconds, max_response_body) <= 0:
            raise ValueError("timeouts and limits of a client must be positive")
        self._limits = PoolLimits(connect_timeout, keepalive_seconds, max_response_body, max_connections)
        self._read_timeout = read_timeout
        self._ssl_context = ssl_context
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pools: dict[str, OriginPool] = {}
        self._closed = False

    async def request(
        self,
        method: str,
        url: Target | str,
        headers: RequestHeaders = (),
        body: bytes = b"",
        *,
        further: RequestHeaders = (),
        read_timeout: float | None = None,
    ) -> UpstreamResponse:
        """Send a request and return the response as soon as its head has come.

        Args:
            url: A `Target`, which is parsed once, or an absolute URL.
            headers: Without those that frame the message, `host` and `content-length` among them.
            further: Headers of this request alone, so that `headers` can be what many share: that is quicker.
            read_timeout: For this request, in the place of the client's.

        Raises:
            ValueError: Method, URL or headers cannot be sent as they are; nothing was.
            UpstreamError: No response came; see `errors`.
        """
        target = url if isinstance(url, Target) else Target.parse(url)
        head = target.head(method, headers, len(body), further)
        pool = self._pools.get(target.name)
        if pool is None:
            pool = self._pool(target)
        timeout = self._read_timeout if read_timeout is None else read_timeout
        return await pool.exchange(head, body, timeout, bodyless=method == "HEAD")

    async def aclose(self) -> None:
        """Close all connections; what is under way ends with `PoolClosed`, and so does every later request."""
        self._closed = True
        for pool in self._pools.values():
            pool.close()
        for pool in self._pools.values():
            await pool.wait_closed()

    def _pool(self, target: Target) -> OriginPool:
        loop = asyncio.get_running_loop()
        if self._closed:
            raise PoolClosed(target.name, "the client was closed")
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise RuntimeError("a client belongs to the event loop that first used it: make one for each")
        context = None
        if target.origin.tls:
            context = self._ssl_context = self._ssl_context or verifying_context()
        pool = self._pools[target.name] = OriginPool(target.origin, self._limits, context, loop)
        return pool


def verifying_context() -> ssl.SSLContext:
    """Return a context that verifies certificates by the system's authorities."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
