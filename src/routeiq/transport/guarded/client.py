"""`GuardedClient`: the SDK's `HTTPClient`, for any number of event loops, each with connections of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Unpack

from routeiq_plugin_sdk import HTTPClient, HTTPResponse, OutboundError, OutboundRefused, OutboundTimeout, RequestOptions

from routeiq.core.logging import plugin_logger
from routeiq.core.outbound import OutboundPolicy

from ..dial import Dial
from .destinations import Resolve
from .loop_client import ContextSource, LoopClient
from .outgoing import Options, Outgoing
from .response import IncomingResponse


class GuardedClient(HTTPClient):
    """The HTTP client of one plugin."""

    def __init__(
        self, plugin: str, policy: OutboundPolicy, *, resolve: Resolve, tls: ContextSource, dial: Dial | None = None
    ) -> None:
        """Make a client; nothing is opened before the first request.

        Args:
            plugin: Whose it is.
            policy: Where it goes.
            resolve: Returns the addresses of a name.
            tls: Returns what verifies certificates; asked when a request needs it.
            dial: What connects; None: the event loop.
        """
        self._policy = policy
        self._logger = plugin_logger(plugin)
        self._resolve = resolve
        self._tls = tls
        self._dial = dial
        self._by_loop: dict[asyncio.AbstractEventLoop, LoopClient] = {}
        self._closed = False
        self._lock = threading.Lock()  # of the two above: hooks may run in several threads

    async def request(self, method: str, url: str, **options: Unpack[RequestOptions]) -> HTTPResponse:
        """Send a request, and return the whole response."""
        request, given = self._request(method, url, options)
        timeout = self._timeout(given)
        try:
            async with asyncio.timeout(timeout):
                response = await self._open(request, given)
                try:
                    return await response.read()
                finally:
                    await response.close()
        except TimeoutError:
            reason = f"no whole response within {timeout:g} seconds"
            raise OutboundTimeout(request.url.authority, reason) from None

    @asynccontextmanager
    async def stream(self, method: str, url: str, **options: Unpack[RequestOptions]) -> AsyncIterator[IncomingResponse]:
        """Send a request, and give the response as soon as its head has come."""
        request, given = self._request(method, url, options)
        timeout = self._timeout(given)
        try:
            async with asyncio.timeout(timeout):
                response = await self._open(request, given)
        except TimeoutError:
            raise OutboundTimeout(request.url.authority, f"no response within {timeout:g} seconds") from None
        try:
            yield response
        finally:
            await response.close()

    async def validate(self, url: str) -> None:
        """Raise OutboundRefused if a request would not go to a URL now, OutboundError if its name has no address."""
        try:
            await self._here().check(self._policy.parse(url))
        except OutboundRefused as refusal:
            self._tell(refusal)
            raise

    async def leave_loop(self) -> None:
        """Close what was opened in the running loop; a later request in it opens anew."""
        with self._lock:
            client = self._by_loop.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    async def close(self) -> None:
        """End all requests, in all loops; later ones raise OutboundError.

        Only the running loop's sockets are waited for: another loop may be waiting for this one.
        """
        with self._lock:
            self._closed = True
            clients, self._by_loop = self._by_loop, {}
        here = clients.pop(asyncio.get_running_loop(), None)
        for loop, client in clients.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(client.close)
        if here is not None:
            await here.aclose()

    def _request(self, method: str, url: str, options: RequestOptions) -> tuple[Outgoing, Options]:
        given = Options.of(options)
        try:
            return Outgoing.make(self._policy, method, url, given), given
        except OutboundRefused as refusal:
            self._tell(refusal)
            raise

    async def _open(self, request: Outgoing, given: Options) -> IncomingResponse:
        try:
            return await self._here().open(request, given.max_redirects, self._timeout(given))
        except OutboundRefused as refusal:
            self._tell(refusal)
            raise

    def _timeout(self, given: Options) -> float:
        return self._policy.settings.timeout if given.timeout is None else given.timeout

    def _here(self) -> LoopClient:
        """Return the client of the running loop."""
        loop = asyncio.get_running_loop()
        client = self._by_loop.get(loop)
        if client is not None:
            return client
        with self._lock:
            if self._closed:
                raise OutboundError("", "the plugin is stopped, and its HTTP client closed")
            self._by_loop = {loop: client for loop, client in self._by_loop.items() if not loop.is_closed()}
            client = self._by_loop[loop] = LoopClient(loop, self._policy, self._resolve, self._tls, self._dial)
            return client

    def _tell(self, refusal: OutboundRefused) -> None:
        """Let the operator know: where a URL comes from a client, this is what an attack looks like."""
        self._logger.warning("outbound request refused", host=refusal.host, reason=refusal.reason)
