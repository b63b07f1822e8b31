"""Quarantine known to all processes that share a store: what one of them takes out, the others take out too."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from routeiq.core.errors import RegistrationError, StorageUnavailable
from routeiq.core.manager import PluginManager
from routeiq.core.records import PluginState
from routeiq.core.state import StateStore

TOPIC: Final = "quarantine"

logger = logging.getLogger(__name__)


class SharedQuarantine:
    """Tells other processes what this one's circuit breakers decide, and follows theirs."""

    def __init__(self, manager: PluginManager, state: StateStore, name: str) -> None:
        """Make it.

        Args:
            name: This process's own, to know its own words by.
        """
        self._manager = manager
        self._state = state
        self._name = name
        self._decided: asyncio.Queue[tuple[str, str | None]] = asyncio.Queue()
        manager.quarantine.told = lambda plugin, reason: self._decided.put_nowait((plugin, reason))

    async def tell(self) -> None:
        """Tell the others what circuit breakers decide here, until cancelled."""
        while True:
            plugin, reason = await self._decided.get()
            try:
                await self._state.broadcast(TOPIC, {"by": self._name, "plugin": plugin, "reason": reason})
            except StorageUnavailable as error:
                logger.warning(
                    "other processes do not hear that plugin %s is in or out of quarantine: %s", plugin, error
                )

    async def follow(self) -> None:
        """Follow what the others tell, until cancelled."""
        async for notice in self._state.listen(TOPIC):
            if notice["by"] != self._name:
                self._take(notice)

    def _take(self, notice: Mapping[str, Any]) -> None:
        try:
            plugin = self._manager.plugin(notice["plugin"])
        except RegistrationError:
            return  # it is not installed here
        if plugin.circuit is None or not plugin.started:
            return
        if notice["reason"] is None:
            if plugin.record.state is PluginState.QUARANTINED or plugin.record.reason:
                self._manager.quarantine.close(plugin)
        elif plugin.record.state is PluginState.ACTIVE:
            self._manager.quarantine.open(plugin, f"{notice['reason']} (in another process)")
