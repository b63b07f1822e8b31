"""Takes plugins out that fail too often, and lets each back in after a trial."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from .active import ActivePlugin
from .events import EventBus
from .faults import Circuit, CircuitState
from .host_events import quarantined, released
from .plans import Planner
from .records import PluginState
from .settings import ManagerSettings

logger = logging.getLogger(__name__)


class Quarantine:
    """The circuit breakers of one manager's plugins, and the timers of their trials.

    Attributes:
        settings: After how many failures, and for how long.
        told: Called with the plugin's name, and the reason for its quarantine or None for its end, whenever a breaker
            of this process decides; other processes can be told by it.
    """

    def __init__(
        self, settings: ManagerSettings, planner: Planner, rebuild: Callable[[], None], events: EventBus
    ) -> None:
        """Make one.

        Args:
            planner: Reaches the plans that requests hold.
            rebuild: Makes new plans.
            events: Carries the news.
        """
        self.settings = settings
        self.told: Callable[[str, str | None], None] | None = None
        self._planner = planner
        self._rebuild = rebuild
        self._events = events
        self._loop: asyncio.AbstractEventLoop | None = None
        self._trials: dict[str, asyncio.TimerHandle] = {}

    def begin(self) -> None:
        """Belong to the running event loop."""
        self._loop = asyncio.get_running_loop()

    def arm(self, plugin: ActivePlugin) -> None:
        """Give a plugin a closed breaker."""
        plugin.circuit = Circuit(
            self.settings.quarantine_after,
            on_open=lambda reason: self._on_own_loop(self._decided_to_open, plugin, reason),
            on_close=lambda: self._on_own_loop(self._decided_to_close, plugin),
        )

    def disarm(self, plugin: ActivePlugin) -> None:
        """Take a plugin's breaker away, and let it back in if it was out."""
        self.forget(plugin.name)
        plugin.circuit = None
        if plugin.record.state is PluginState.QUARANTINED:
            plugin.record.state, plugin.record.reason = PluginState.ACTIVE, ""
            released(self._events, plugin.name)

    def open(self, plugin: ActivePlugin, reason: str) -> None:
        """Take a plugin out of all plans, those of requests under way too, until its trial."""
        seconds = self.settings.quarantine_cooldown
        if plugin.circuit is not None:
            plugin.circuit.state = CircuitState.OPEN
        plugin.record.leave_out(PluginState.QUARANTINED, reason)
        logger.error("plugin %s is quarantined for %g s: %s", plugin.name, seconds, reason)
        quarantined(self._events, plugin.name, reason, seconds)
        self._planner.withdraw(plugin.name)
        self._rebuild()
        self.forget(plugin.name)
        loop = asyncio.get_running_loop()
        self._trials[plugin.name] = loop.call_later(seconds, self._try_again, plugin)

    def close(self, plugin: ActivePlugin) -> None:
        """Let a plugin back in."""
        self.forget(plugin.name)
        if plugin.circuit is not None:
            plugin.circuit.reset()
        logger.warning("plugin %s is back from quarantine", plugin.name)
        released(self._events, plugin.name)
        plugin.record.state, plugin.record.reason = PluginState.ACTIVE, ""
        plugin.make_steps(self.settings)
        self._rebuild()

    def forget(self, name: str) -> None:
        """Have no trial of a plugin."""
        handle = self._trials.pop(name, None)
        if handle is not None:
            handle.cancel()

    def end(self) -> None:
        """Have no trial any more."""
        for name in list(self._trials):
            self.forget(name)

    def _decided_to_open(self, plugin: ActivePlugin, reason: str) -> None:
        self.open(plugin, reason)
        if self.told is not None:
            self.told(plugin.name, reason)

    def _decided_to_close(self, plugin: ActivePlugin) -> None:
        self.close(plugin)
        if self.told is not None:
            self.told(plugin.name, None)

    def _try_again(self, plugin: ActivePlugin) -> None:
        self._trials.pop(plugin.name, None)
        if plugin.circuit is None:
            return
        plugin.circuit.begin_trial()
        plugin.record.state, plugin.record.reason = PluginState.ACTIVE, "on trial after a quarantine: one call decides"
        plugin.make_steps(self.settings)
        self._rebuild()

    def _on_own_loop(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call a function at once, or soon where a hook failed in another loop than the manager's: that of a thread."""
        assert self._loop is not None
        if asyncio.get_running_loop() is self._loop:
            function(*arguments)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *arguments)
