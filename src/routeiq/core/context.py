"""What a plugin is given: the host's side of the SDK's `PluginContext`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from routeiq_plugin_sdk import Logger, Node

from .config import prefix_of
from .logging import plugin_logger
from .metrics import Instruments, PluginMetrics
from .settings import ManagerSettings
from .shared import PluginShared, SharedState
from .storage import MemoryStorage, PluginStorage
from .version import host_version


@dataclass(frozen=True, slots=True)
class PluginSettings:
    """Read-only settings: the gateway's, and the variables that are the plugin's own, their prefix cut off."""

    gateway: Mapping[str, Any]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HostPluginContext:
    """An immutable snapshot: a change of configuration makes a new one for the requests that come after it."""

    plugin: str
    config: Any
    settings: PluginSettings
    logger: Logger
    metrics: PluginMetrics
    shared: PluginShared
    storage: PluginStorage
    node: Node


class ContextFactory:
    """Makes contexts, and owns what all plugins of a manager share."""

    def __init__(self, settings: ManagerSettings) -> None:
        self._settings = settings
        self._instruments = Instruments()
        self._shared = SharedState()
        self._storage = MemoryStorage()
        self._node = Node(f"{os.getpid():x}-{secrets.token_hex(4)}", host_version())

    @property
    def registry(self) -> Any:
        """The registry of the plugins' instruments."""
        return self._instruments.registry

    def make(self, plugin: str, config: Any) -> HostPluginContext:
        """Return a plugin's context with this configuration."""
        prefix = prefix_of(plugin)
        environment = {
            name.removeprefix(prefix): value
            for name, value in self._settings.environment.items()
            if name.startswith(prefix)
        }
        return HostPluginContext(
            plugin=plugin,
            config=config,
            settings=PluginSettings(self._settings.gateway, MappingProxyType(environment)),
            logger=plugin_logger(plugin),
            metrics=PluginMetrics(plugin, self._instruments),
            shared=PluginShared(self._shared, plugin),
            storage=PluginStorage(plugin, self._storage),
            node=self._node,
        )
