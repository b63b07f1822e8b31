"""Starts and stops all plugins of a manager: in their order, and those that come later one after the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from routeiq_plugin_sdk import FailureMode

from .activation import Activation
from .active import ActivePlugin
from .desired import Desired
from .errors import DependencyCycleError, RegistrationError, StartupError
from .host_events import HealthWatch
from .records import PluginState
from .roster import Roster

logger = logging.getLogger(__name__)


class Lifecycle:
    """The life of one manager's plugins, from the start of all to the stop of all."""

    def __init__(self, roster: Roster, activation: Activation, arm: Callable[[ActivePlugin], None]) -> None:
        """Make it.

        Args:
            arm: Gives a plugin the circuit breaker that its failure mode asks for.
        """
        self._roster = roster
        self._activation = activation
        self._arm = arm
        self._late: asyncio.Task[None] | None = None

    def begin_anew(self) -> None:
        """Give what failed in an earlier run another chance."""
        for plugin in self._roster.plugins.values():
            self._roster.give_another_chance(plugin)

    async def start(self, desired: Desired) -> None:
        """Start every plugin that can be, in order; whoever calls it stops what had started if it raises.

        Raises:
            StartupError: if one whose failure mode is `abort` is refused, or fails.
        """
        self._refuse_without_aborting_plugins()
        for name in self._roster.order:
            await self._activate(self._roster.plugins[name], desired)

    async def stop(self) -> None:
        """Stop what is started, in reverse."""
        for name in reversed(self._roster.order):
            plugin = self._roster.plugins.get(name)
            if plugin is not None and plugin.started:
                await self._activation.stop(plugin)

    def start_late(self, added: ActivePlugin, desired: Callable[[], Desired], rebuild: Callable[[], None]) -> None:
        """Have a plugin started that came to a running manager, after those that came before it.

        Args:
            desired: Returns what operators want by then.
            rebuild: Called once it is started, or has failed to.

        Raises:
            RegistrationError: if it cannot take part, or another one could take part no longer.
        """
        for plugin in self._roster.plugins.values():
            if plugin.started and not plugin.record.usable:
                raise plugin.record.error or RegistrationError(added.name, plugin.record.reason)
        if not added.record.usable:
            raise added.record.error or RegistrationError(added.name, added.record.reason)
        previous = self._late

        async def start() -> None:
            if previous is not None:
                await asyncio.gather(previous, return_exceptions=True)
            try:
                await self._activate(added, desired())
            except StartupError:
                logger.exception("plugin %s was registered on a running manager and did not start", added.name)
            rebuild()

        self._late = asyncio.get_running_loop().create_task(start(), name=f"start plugin {added.name}")

    async def settled(self) -> None:
        """Wait until plugins that came late are started, or have failed to."""
        while self._late is not None and not self._late.done():
            await asyncio.shield(self._late)

    async def start_no_more(self) -> None:
        """Give up the start of plugins that came late."""
        if self._late is not None:
            self._late.cancel()
            await asyncio.gather(self._late, return_exceptions=True)
            self._late = None

    async def _activate(self, plugin: ActivePlugin, desired: Desired) -> None:
        """Start one plugin, unless something that it depends on has failed by now."""
        reason = self._roster.unstarted_dependency(plugin)
        if reason is not None:
            self._activation.failed(plugin, reason, None)
            return
        self._arm(plugin)
        await self._activation.start(plugin, desired)

    def _refuse_without_aborting_plugins(self) -> None:
        for record in self._roster.records.values():
            broken = record.state is PluginState.FAILED or (record.state is PluginState.REFUSED and record.metadata)
            if broken and record.failure_mode is FailureMode.ABORT:
                if isinstance(record.error, DependencyCycleError):
                    raise record.error
                raise StartupError(record.name, record.reason)


async def health_of(roster: Roster, activation: Activation, timeout: float, watch: HealthWatch) -> dict[str, Any]:
    """Return `status` (ok, degraded or failed) and each plugin's own.

    Args:
        timeout: Seconds that each plugin has to answer.
        watch: Told of what is found.
    """
    asked = [one for one in roster.plugins.values() if one.started and "health_check" in one.implementations]
    answers = await asyncio.gather(*(activation.health(plugin, timeout) for plugin in asked))
    plugins = {plugin.name: answer for plugin, answer in zip(asked, answers, strict=True)}
    for record in roster.records.values():
        if record.state is PluginState.QUARANTINED:
            plugins[record.name] = {"status": "degraded", "reason": record.reason}
    states = {answer["status"] for answer in plugins.values()}
    status = "failed" if "failed" in states else "degraded" if "degraded" in states else "ok"
    watch.saw(status, plugins)
    return {"status": status, "plugins": plugins}
