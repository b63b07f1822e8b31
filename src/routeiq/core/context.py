"""What a plugin is given: an immutable snapshot for each plugin and configuration, made by the manager."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from routeiq_plugin_sdk import Events, HTTPClient, LLMClient, Logger, Metrics, Node, Shared, Storage, Timer
from routeiq_plugin_sdk.events import TimerFunction

from .events import EventBus, PluginEvents
from .leadership import Leadership
from .lifetime import Lifetime
from .logging import plugin_logger
from .masking import masked
from .memory_storage import MemoryStorage
from .metrics import Instruments, PluginMetrics
from .outbound.clients import HTTPClients
from .plugin_calls import PluginCalls, PluginLLM
from .settings import ManagerSettings
from .shared import PluginShared, SharedState
from .storage import PluginStorage, StorageBackend
from .timers import PluginTimers, Timers
from .variables import variables_for
from .version import host_version


@dataclass(frozen=True, slots=True)
class PluginSettings:
    """The SDK's `Settings`: what a plugin may read of the gateway's settings, and its own variables."""

    gateway: Mapping[str, Any]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HostPluginContext:
    """The SDK's `PluginContext`. A change of configuration makes another one; requests keep theirs to their end."""

    plugin: str
    config: Any
    settings: PluginSettings
    logger: Logger
    metrics: Metrics
    shared: Shared
    storage: Storage
    events: Events
    llm: LLMClient
    node: Node
    timers: PluginTimers = field(repr=False)
    clients: HTTPClients = field(repr=False)
    lifetime: Lifetime = field(repr=False)

    @property
    def http(self) -> HTTPClient:
        """The plugin's HTTP client. Raises NoHTTPClient where no host has given one."""
        return self.clients.of(self.lifetime)

    async def validate_outbound_url(self, url: str) -> None:
        """Raise OutboundRefused if `http` would not go to a URL."""
        await self.clients.of(self.lifetime).validate(url)

    def every(self, seconds: float, function: TimerFunction, *, leader: bool = False) -> Timer:
        """Have a function called every so many seconds."""
        return self.timers.every(seconds, function, leader=leader)


class ContextFactory:
    """Makes the contexts of one manager's plugins, and owns what stands behind them.

    Attributes:
        http: The plugins' HTTP clients.
        calls: The calls of models that plugins make.
        node: Which process this is.
        timers: What the plugins' timers share.
    """

    def __init__(
        self, settings: ManagerSettings, storage: StorageBackend | None = None, events: EventBus | None = None
    ) -> None:
        """Make a factory.

        Args:
            storage: Where the plugins' values are kept; None: in memory.
            events: The manager's bus; None: one of its own.
        """
        self._environment = settings.environment
        self._gateway: Mapping[str, Any] = masked(settings.gateway)
        self._instruments = Instruments(settings.max_series)
        self._shared = SharedState()
        self._storage: StorageBackend = MemoryStorage() if storage is None else storage
        self.http = HTTPClients(settings.outbound)
        self.calls = PluginCalls()
        self._events = EventBus(settings.worker) if events is None else events
        self.node = Node(uuid.uuid4().hex, host_version(), settings.worker)
        self.timers = Timers(Leadership(self.node.id))

    @property
    def instruments(self) -> Instruments:
        """The plugins' instruments."""
        return self._instruments

    def make(self, plugin: str, config: Any, lifetime: Lifetime) -> HostPluginContext:
        """Return a plugin's context with this configuration; all else is what its earlier contexts had.

        Args:
            lifetime: What its subscriptions, timers and requests belong to: the run of the plugin that goes on.
        """
        return HostPluginContext(
            plugin=plugin,
            config=config,
            settings=PluginSettings(
                self._gateway, MappingProxyType(variables_for(plugin, (plugin,), self._environment))
            ),
            logger=plugin_logger(plugin),
            metrics=PluginMetrics(plugin, self._instruments),
            shared=PluginShared(plugin, self._shared),
            storage=PluginStorage(plugin, self._storage),
            events=PluginEvents(self._events, lifetime),
            llm=PluginLLM(plugin, self.calls),
            node=self.node,
            clients=self.http,
            lifetime=lifetime,
            timers=PluginTimers(lifetime, self.timers),
        )
