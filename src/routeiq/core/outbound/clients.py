"""The HTTP clients of a manager's plugins: one for each, made at its first use, closed when its plugin stops.

How requests are made is a host's affair: it hands in a factory, and the clients of that keep to the policy.
"""

from __future__ import annotations

import threading
from typing import Protocol

from routeiq_plugin_sdk import HTTPClient, OutboundError

from ..errors import NoHTTPClient
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
    """The clients of one manager's plugins. Hooks may run in several threads, and so ask in several."""

    def __init__(self, settings: OutboundSettings) -> None:
        self._policy = OutboundPolicy(settings)
        self._factory: HTTPFactory | None = None
        self._clients: dict[str, PluginHTTPClient] = {}
        self._open: set[str] = set()
        self._lock = threading.Lock()

    def attach(self, factory: HTTPFactory) -> None:
        """Take the factory of a host; the first one stays."""
        if self._factory is None:
            self._factory = factory

    def open(self, plugin: str) -> None:
        """Note that a plugin starts, or goes on."""
        self._open.add(plugin)

    def of(self, plugin: str) -> PluginHTTPClient:
        """Return the client of a plugin.

        Raises:
            NoHTTPClient: No host has brought a factory along.
            OutboundError: The plugin is stopped.
        """
        client = self._clients.get(plugin)
        return self._make(plugin) if client is None else client

    async def leave_loop(self) -> None:
        """Close what the clients have opened in the running loop."""
        for client in tuple(self._clients.values()):
            await client.leave_loop()

    async def close(self, plugin: str) -> None:
        """Close the client of a plugin that has stopped, if it has made one."""
        with self._lock:
            self._open.discard(plugin)
            client = self._clients.pop(plugin, None)
        if client is not None:
            await client.close()

    def _make(self, plugin: str) -> PluginHTTPClient:
        with self._lock:
            if plugin not in self._open:
                raise OutboundError("", f"plugin {plugin!r} is stopped, and its HTTP client closed")
            if self._factory is None:
                raise NoHTTPClient(plugin)
            if plugin not in self._clients:
                self._clients[plugin] = self._factory(plugin, self._policy)
            return self._clients[plugin]
