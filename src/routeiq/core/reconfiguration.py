"""A running plugin's configuration: validated whole, offered to the plugin, and put in force or not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from .activation import Activation
from .active import ActivePlugin
from .config import LoadedConfig
from .errors import ChangeRefused

logger = logging.getLogger(__name__)


class Reconfiguration:
    """Changes the configurations of one manager's plugins, one after the other.

    Attributes:
        overlays: What operators set at run time, by plugin; given before the start, it holds from the start on.
    """

    def __init__(self, activation: Activation, rebuild: Callable[[], None]) -> None:
        """Make one.

        Args:
            rebuild: Makes new plans of the plugins' steps, for the requests to come.
        """
        self.overlays: dict[str, Mapping[str, Any]] = {}
        self._activation = activation
        self._rebuild = rebuild
        self._one_at_a_time = asyncio.Lock()

    async def change(self, plugin: ActivePlugin, overlay: Mapping[str, Any] | None) -> LoadedConfig:
        """Read a plugin's sources anew and put what they say in force; requests under way keep what they began with.

        Args:
            overlay: In the place of the plugin's present one; None leaves that as it is.

        Raises:
            ConfigurationError: if what the sources say is wrong; nothing is changed.
            ChangeRefused: if the plugin refuses it, or does not answer in time; nothing is changed.
        """
        async with self._one_at_a_time:
            before = self.overlays.get(plugin.name, {})
            after = before if overlay is None else overlay
            loaded = self._activation.load(plugin, after)
            if plugin.started and loaded.value != plugin.context.config:
                await self._offer(plugin, loaded)
                self._activation.reconfigure(plugin, loaded)
                self._rebuild()
                logger.info("plugin %s has a new configuration", plugin.name)
            plugin.record.config_sources = dict(loaded.sources)
            self.overlays[plugin.name] = after
            return loaded

    async def _offer(self, plugin: ActivePlugin, loaded: LoadedConfig) -> None:
        try:
            await self._activation.offer(plugin, plugin.context.config, loaded.value)
        except TimeoutError as error:
            raise ChangeRefused(plugin.name, "config_changed did not finish in time") from error
        except (Exception, SystemExit) as error:
            raise ChangeRefused(plugin.name, f"config_changed refuses it: {type(error).__name__}: {error}") from error
