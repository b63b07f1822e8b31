"""What a guarded client does in one event loop: the way from a request to a response's head, through redirects."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable

from routeiq_plugin_sdk import OutboundError

from routeiq.core.outbound import OutboundPolicy, OutboundURL

from ..dial import Dial
from .destinations import Destinations, Resolve
from .outgoing import Outgoing
from .response import IncomingResponse, told_to_plugins
from .routes import Routes

ContextSource = Callable[[], Awaitable[ssl.SSLContext]]
"""Returns what verifies certificates."""


class LoopClient:
    """One event loop's part of a guarded client."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        policy: OutboundPolicy,
        resolve: Resolve,
        tls: ContextSource,
        dial: Dial | None,
    ) -> None:
        self._policy = policy
        self._destinations = Destinations(policy, resolve)
        self._routes = Routes(loop, dial)
        self._tls = tls

    async def check(self, url: OutboundURL) -> None:
        """Raise OutboundRefused unless all addresses of a URL that the policy has parsed may be connected to."""
        await self._destinations.of(url)

    async def open(self, request: Outgoing, max_redirects: int, read_timeout: float) -> IncomingResponse:
        """Send a request, follow redirects, and return the response whose head has come.

        Raises:
            OutboundRefused: It, or a redirect, may not go where it leads.
            OutboundError: No response came.
            ValueError: A header cannot be sent.
        """
        followed = 0
        while True:
            response = await self._send(request, read_timeout)
            if not max_redirects:
                return response
            try:
                location = response.headers.get("location")
                following = request.redirected(self._policy, response.status_code, location)
                if following is None:
                    return response
                followed += 1
                if followed > max_redirects:
                    reason = f"it redirects more than {max_redirects} times"
                    raise OutboundError(request.url.authority, reason)
            except BaseException:
                await response.close()
                raise
            await response.close()
            request = following

    def close(self) -> None:
        """End all requests."""
        self._destinations.close()
        self._routes.close()

    async def aclose(self) -> None:
        """End all requests, and return when no socket is left."""
        self.close()
        await self._routes.wait_closed()

    async def _send(self, request: Outgoing, read_timeout: float) -> IncomingResponse:
        addresses = await self._destinations.of(request.url)
        tls = await self._tls() if request.url.tls else None
        with told_to_plugins(request.url.authority):
            upstream = await self._routes.send(request, addresses, tls, read_timeout)
        try:
            return IncomingResponse(upstream, request.url, self._policy.settings.max_response)
        except BaseException:
            await upstream.close()
            raise
