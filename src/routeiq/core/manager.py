"""The plugin manager: everything that happens to a plugin, from its discovery to its end.

It owns all state: any number of managers live in one process. `activation.py` starts and stops single plugins,
`plans.py` compiles what hosts call; this module decides what happens when.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Self

import pluggy
from routeiq_plugin_sdk import FailureMode
from routeiq_plugin_sdk.markers import PROJECT
from routeiq_plugin_sdk.specs import LAYERS

from .activation import Activation
from .active import ActivePlugin
from .config import LoadedConfig
from .discovery import discover
from .errors import ConfigurationError, DependencyCycleError, NotRunningError, RegistrationError, StartupError
from .explain import Explainer, Explanation
from .faults import Circuit
from .listing import hook_listing
from .logging import Activity
from .phases import load_phases
from .plans import Planner, Plans
from .problems import nearest
from .reconfiguration import Reconfiguration
from .records import PluginRecord, PluginState
from .roster import Roster
from .settings import ManagerSettings

logger = logging.getLogger(__name__)


class PluginManager:
    """Registers, orders, starts, watches and stops plugins, and hands hosts their plans.

    `start` and `stop` may be called any number of times in turn; `async with manager` does both. A manager belongs to
    the event loop that started it.

    Attributes:
        settings: What it was told.
        running: Whether it is started. Read-only, as is `plans`: plain attributes, since every request reads them.
        plans: The plans in force: take them once for each request. Before the start no plugin takes part.
    """

    def __init__(self, settings: ManagerSettings | None = None) -> None:
        """Make a manager without plugins.

        Args:
            settings: None reads them from the environment, here and nowhere else.

        Raises:
            ConfigurationError: if a variable cannot be understood.
        """
        self.settings = ManagerSettings.from_environment() if settings is None else settings
        self._phases = load_phases()
        self._pluggy = pluggy.PluginManager(PROJECT)
        for layer in LAYERS:
            self._pluggy.add_hookspecs(layer)
        self._planner = Planner(self._phases, self.settings, self._pluggy)
        self._roster = Roster(self._phases, self.settings)
        self._activation = Activation(self.settings, self._roster.records)
        self._reconfiguration = Reconfiguration(self._activation, self._rebuild)
        self.plans = self._planner.empty()
        self.running = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._late: asyncio.Task[None] | None = None
        self._trials: dict[str, asyncio.TimerHandle] = {}

    # What is there

    @property
    def hook(self) -> pluggy.HookRelay:
        """pluggy's own relay, in the order of the plans; asynchronous phases are for looking at, not for calling."""
        self._resolve()
        return self._pluggy.hook

    @property
    def records(self) -> Mapping[str, PluginRecord]:
        """Every plugin that was found or registered, by name, whatever became of it."""
        self._resolve()
        return MappingProxyType(self._roster.records)

    @property
    def metrics_registry(self) -> Any:
        """The prometheus_client registry that plugins' instruments live in."""
        return self._activation.registry

    def plans_of(self, activity: Activity | None) -> Plans:
        """Return the plans that a request took when it began, if it is one of this manager's; else those in force."""
        plans = None if activity is None else activity.plans
        return self.plans if plans is None or plans.maker is not self._planner else plans

    def statistics(self) -> list[dict[str, Any]]:
        """Return calls, errors and latencies of every plugin in every phase that it implements."""
        return [
            {"plugin": plugin.name, "hook": name, **figures.to_dict()}
            for plugin in self._roster.plugins.values()
            for name, figures in plugin.statistics.items()
        ]

    # Finding and registering

    def discover(self) -> list[PluginRecord]:
        """Find, check and register what the environment offers: entry points and the modules of ROUTEIQ_PLUGINS.

        Never raises for a plugin's fault: its record says what became of it.
        """
        found = [
            self._roster.admit(loaded)
            for loaded in discover(self.settings)
            if loaded.candidate.name not in self._roster.records
        ]
        for name in self.settings.plugins.keys() - self._roster.records.keys():
            hint = nearest(name, self._roster.records)
            logger.warning("the settings speak of plugin %r, which is not installed%s", name, hint)
        self._resolve()
        return found

    def register(self, plugin: Any, name: str | None = None) -> PluginRecord:
        """Register a plugin made in code: a module, a class, or an instance.

        On a running manager it is started at once, by every rule of a start; `await manager.settled()` waits for that.

        Args:
            name: The plugin's name if it is not that of its metadata, so that one class can serve twice.

        Raises:
            RegistrationError: of the kind that fits; nothing is registered then.
        """
        name, inspected = self._roster.inspect(plugin, name)
        previous = self._roster.records.get(name)
        added = self._roster.add(name, inspected, None)
        if self.running:
            try:
                self._start_late(added)
            except (RegistrationError, ConfigurationError):
                del self._roster.plugins[name], self._roster.records[name]
                if previous is not None:
                    self._roster.records[name] = previous
                self._resolve()
                raise
        return added.record

    async def unregister(self, name: str) -> None:
        """Take a plugin out: new requests do not see it; once the last request that does has ended, it is shut down.

        Raises:
            RegistrationError: if there is no such plugin, or another active one depends on it.
        """
        plugin = self._roster.plugins.get(name)
        if plugin is None:
            raise RegistrationError(name, "no plugin of this name is registered")
        dependents = sorted(
            other.name
            for other in self._roster.plugins.values()
            if name in other.record.depends_on and other.record.usable
        )
        if dependents:
            raise RegistrationError(name, f"cannot be removed while {', '.join(dependents)} depend on it")
        del self._roster.plugins[name], self._roster.records[name]
        self._cancel_trial(name)
        if not self.running:
            return
        drained = asyncio.Event()
        loop = asyncio.get_running_loop()
        weakref.finalize(self.plans, loop.call_soon, drained.set).atexit = False
        self._rebuild()
        try:
            async with asyncio.timeout(self.settings.startup_timeout):
                await drained.wait()
        except TimeoutError:
            logger.warning("plugin %s is shut down although requests still use it", name)
        await self._activation.stop(plugin)

    def attach(self, layers: Iterable[str]) -> None:
        """Declare the layers that a host fires, so that hooks of others are shown as inactive."""
        self._roster.attach(layers)

    # Life

    async def start(self, app: Any = None) -> None:
        """Start every plugin that can be, in order.

        Raises:
            StartupError: if a plugin with failure mode `abort` is refused or fails; what had started is stopped in
                reverse, and the manager can be started again.
            NotRunningError: if it is running already.
        """
        if self.running:
            raise NotRunningError("the manager is running already: stop it before starting it again")
        self._loop = asyncio.get_running_loop()
        self._activation.begin(app)
        for plugin in self._roster.plugins.values():
            if plugin.record.state in (PluginState.FAILED, PluginState.QUARANTINED):
                plugin.record.state, plugin.record.reason = PluginState.ACTIVE, ""
        try:
            self._resolve()
            self._refuse_to_start_without_aborting_plugins()
            for name in self._roster.order:
                await self._activate(self._roster.plugins[name])
        except BaseException:
            await self._stop_started()
            raise
        self.running = True
        self._rebuild()

    async def stop(self) -> None:
        """Stop what was started, in reverse; failures are logged. Harmless on a manager that is not running."""
        self.running = False
        if self._late is not None:
            self._late.cancel()
            await asyncio.gather(self._late, return_exceptions=True)
            self._late = None
        for name in list(self._trials):
            self._cancel_trial(name)
        self.plans = self._planner.empty()
        await self._stop_started()

    async def settled(self) -> None:
        """Wait until plugins that were registered on the running manager are started, or have failed to."""
        while self._late is not None and not self._late.done():
            await asyncio.shield(self._late)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def health(self, timeout: float = 5.0) -> dict[str, Any]:
        """Return `status` (ok, degraded or failed) and each plugin's own, asked with a deadline in seconds."""
        asked = [
            plugin
            for plugin in self._roster.plugins.values()
            if plugin.started and "health_check" in plugin.implementations
        ]
        answers = await asyncio.gather(*(self._activation.health(plugin, timeout) for plugin in asked))
        plugins = {plugin.name: answer for plugin, answer in zip(asked, answers, strict=True)}
        for record in self._roster.records.values():
            if record.state is PluginState.QUARANTINED:
                plugins[record.name] = {"status": "degraded", "reason": record.reason}
        states = {answer["status"] for answer in plugins.values()}
        status = "failed" if "failed" in states else "degraded" if "degraded" in states else "ok"
        return {"status": status, "plugins": plugins}

    # Configuration

    async def configure(self, name: str, overlay: Mapping[str, Any] | None = None) -> LoadedConfig:
        """Read a plugin's configuration anew from all of its sources, and put it in force if it changed.

        It is validated whole and offered to the plugin's `config_changed`; requests under way keep what they began
        with, and none sees half of a change. Before the start the overlay is kept for it.

        Args:
            overlay: What an operator sets at run time, in the place of what was set so before; None leaves that.

        Raises:
            RegistrationError: if there is no such plugin.
            ConfigurationError: if something is wrong with it; nothing is changed.
            ChangeRefused: if the plugin refuses it; nothing is changed.
        """
        plugin = self._roster.plugins.get(name)
        if plugin is None:
            raise RegistrationError(name, f"no plugin of this name is registered{nearest(name, self._roster.plugins)}")
        return await self._reconfiguration.change(plugin, overlay)

    def overlay(self, name: str) -> Mapping[str, Any]:
        """Return what operators set at run time of a plugin's configuration."""
        return self._reconfiguration.overlays.get(name, {})

    # Order

    def explain(self, first: str, second: str) -> Explanation:
        """Return which rule puts one plugin before another.

        Raises:
            UnknownPlugin: with the nearest name, if one of them does not exist.
        """
        self._resolve()
        return Explainer([plugin.node for plugin in self._roster.in_order()], self._roster.unavailable()).explain(
            first, second
        )

    def hooks(self) -> list[dict[str, Any]]:
        """Return every phase with its plugins in the order of its calls, and why each stands where it does."""
        self._resolve()
        return [hook_listing(phase, self._planner, self._roster.in_order()) for phase in self._phases.values()]

    # Inside

    def _resolve(self) -> None:
        """Bring the order, the states that follow from it, and pluggy's own order up to date."""
        self._roster.resolve()
        self._planner.align_pluggy(self._roster.in_order())

    def _refuse_to_start_without_aborting_plugins(self) -> None:
        for record in self._roster.records.values():
            broken = record.state is PluginState.FAILED or (record.state is PluginState.REFUSED and record.metadata)
            if broken and record.failure_mode is FailureMode.ABORT:
                if isinstance(record.error, DependencyCycleError):
                    raise record.error
                raise StartupError(record.name, record.reason)

    async def _activate(self, plugin: ActivePlugin) -> None:
        """Start one plugin, unless something that it depends on has failed by now."""
        for dependency in sorted(plugin.record.depends_on):
            if not self._roster.plugins[dependency].started:
                reason = f"depends on {dependency!r}, which did not start: {self._roster.records[dependency].reason}"
                self._activation.failed(plugin, reason, None)
                return
        if plugin.record.failure_mode is FailureMode.QUARANTINE:
            plugin.circuit = Circuit(
                self.settings.quarantine_after,
                on_open=lambda reason: self._on_own_loop(self._quarantine, plugin, reason),
                on_close=lambda: self._on_own_loop(self._release, plugin),
            )
        await self._activation.start(plugin, self._reconfiguration.overlays.get(plugin.name))

    async def _stop_started(self) -> None:
        for name in reversed(self._roster.order):
            plugin = self._roster.plugins.get(name)
            if plugin is not None and plugin.started:
                await self._activation.stop(plugin)

    def _rebuild(self) -> None:
        self._resolve()
        started = [plugin for plugin in self._roster.in_order() if plugin.started]
        self.plans = self._planner.build(started, self._roster.authenticates())

    def _start_late(self, added: ActivePlugin) -> None:
        self._resolve()
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
                await self._activate(added)
            except StartupError:
                logger.exception("plugin %s was registered on a running manager and did not start", added.name)
            self._rebuild()

        self._late = asyncio.get_running_loop().create_task(start(), name=f"start plugin {added.name}")

    # Quarantine

    def _on_own_loop(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call a function at once, or soon where a hook failed in another loop than the manager's: that of a thread."""
        assert self._loop is not None
        if asyncio.get_running_loop() is self._loop:
            function(*arguments)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *arguments)

    def _quarantine(self, plugin: ActivePlugin, reason: str) -> None:
        plugin.record.leave_out(PluginState.QUARANTINED, reason)
        logger.error("plugin %s is quarantined for %g s: %s", plugin.name, self.settings.quarantine_cooldown, reason)
        self._planner.withdraw(plugin.name)
        self._rebuild()
        loop = asyncio.get_running_loop()
        self._cancel_trial(plugin.name)
        self._trials[plugin.name] = loop.call_later(self.settings.quarantine_cooldown, self._try_again, plugin)

    def _try_again(self, plugin: ActivePlugin) -> None:
        self._trials.pop(plugin.name, None)
        if plugin.circuit is None:
            return
        plugin.circuit.begin_trial()
        plugin.record.state, plugin.record.reason = PluginState.ACTIVE, "on trial after a quarantine: one call decides"
        plugin.make_steps(self.settings)
        self._rebuild()

    def _release(self, plugin: ActivePlugin) -> None:
        logger.warning("plugin %s is back from quarantine", plugin.name)
        plugin.record.state, plugin.record.reason = PluginState.ACTIVE, ""
        plugin.make_steps(self.settings)
        self._rebuild()

    def _cancel_trial(self, name: str) -> None:
        handle = self._trials.pop(name, None)
        if handle is not None:
            handle.cancel()
