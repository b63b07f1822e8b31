"""`GuardedHTTP`: what a host hands to its plugin manager, so that plugins have `context.http`."""

from __future__ import annotations

import asyncio
import ssl

from routeiq.core.outbound import OutboundPolicy

from ..client import verifying_context
from .client import GuardedClient
from .destinations import SystemResolver


class GuardedHTTP:
    """Makes the guarded clients of a manager's plugins: `manager.attach(layers, http=GuardedHTTP())`.

    They share what costs much and knows nothing of plugins: the threads that resolve names, and the list of the
    authorities that certificates are verified by.
    """

    def __init__(self) -> None:
        self._resolve = SystemResolver()
        self._context: ssl.SSLContext | None = None

    def __call__(self, plugin: str, policy: OutboundPolicy) -> GuardedClient:
        """Return a client for a plugin."""
        return GuardedClient(plugin, policy, resolve=self._resolve, tls=self._tls)

    async def _tls(self) -> ssl.SSLContext:
        if self._context is None:  # reading the authorities takes long enough to be felt by other requests
            self._context = await asyncio.to_thread(verifying_context)
        return self._context
