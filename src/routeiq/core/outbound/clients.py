"""The HTTP clients of a manager's plugins: one for each, made at its first use, closed when the plugin stops.

How requests are made is a host's affair: it hands in a factory, and the clients of that keep to the policy.
"""

from __future__ import annotations

import threading
from typing import Protocol
from weakref import WeakSet

from routeiq_plugin_sdk import HTTPClient, OutboundError

from ..errors import NoHTTPClient
from ..lifetime import Lifetime
from .policy import OutboundPolicy
from .settings import OutboundSettings


class PluginHTTPClient(HTTPClient, Protocol):
    """What a factory makes: the client of one plugin, for any number of event loops."""

    async def validate(self, url: str) -> None:
        """Raise OutboundRefused if a request would not go to a URL now."""

    async def leave_loop(self) -> None:
        """Close what was opened in the running loop; a later request in it opens anew."""

    async def close(self) -> None:
        """End all requests, in all loops; later ones raise OutboundError."""


class HTTPFactory(Protocol):
    """Makes the HTTP client of a plugin, which goes only where the policy lets it."""

    def __call__(self, plugin: str, policy: OutboundPolicy) -> PluginHTTPClient: ...


class HTTPClients:
    """The clients of one manager's plugins, one for each run of a plugin.

    Hooks may run in several threads, and so ask in several.
    """

    def __init__(self, settings: OutboundSettings) -> None:
        self._policy = OutboundPolicy(settings)
        self._factory: HTTPFactory | None = None
        self._clients: dict[Lifetime, PluginHTTPClient] = {}
        self._over: WeakSet[Lifetime] = WeakSet()
        self._lock = threading.Lock()

    def attach(self, factory: HTTPFactory) -> None:
        """Take the factory of a host; the first one stays."""
        if self._factory is None:
            self._factory = factory

    def of(self, run: Lifetime) -> PluginHTTPClient:
        """Return the client of a run of a plugin.

        Raises:
            NoHTTPClient: No host has brought a factory along.
            OutboundError: The run is over.
        """
        client = self._clients.get(run)
        return self._make(run) if client is None else client

    async def leave_loop(self) -> None:
        """Close what the clients have opened in the running loop."""
        for client in tuple(self._clients.values()):
            await client.leave_loop()

    async def close(self, run: Lifetime) -> None:
        """Close the client of a run that is over, if it has made one."""
        with self._lock:
            self._over.add(run)
            client = self._clients.pop(run, None)
        if client is not None:
            await client.close()

    def _make(self, run: Lifetime) -> PluginHTTPClient:
        assert run.plugin is not None, "the host has clients of its own"
        with self._lock:
            if run in self._over:
                raise OutboundError("", f"plugin {run.plugin!r} is stopped, and its HTTP client closed")
            if self._factory is None:
                raise NoHTTPClient(run.plugin)
            if run not in self._clients:
                self._clients[run] = self._factory(run.plugin, self._policy)
            return self._clients[run]
