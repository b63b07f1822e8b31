"""The plugin manager: everything that happens to a plugin, from its discovery to its end.

It owns all state: any number of managers live in one process. `activation.py` starts and stops single plugins,
`plans.py` compiles what hosts call; this module decides what happens when.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import pluggy
from routeiq_plugin_sdk import FailureMode
from routeiq_plugin_sdk.markers import PROJECT
from routeiq_plugin_sdk.specs import LAYERS

from .activation import Activation
from .active import ActivePlugin
from .discovery import Candidate, Loaded, discover
from .errors import (
    CapabilityError,
    DependencyCycleError,
    DuplicatePluginError,
    NotRunningError,
    RegistrationError,
    StartupError,
)
from .explain import Explanation, explain
from .faults import Circuit
from .ordering import Resolution, resolve
from .phases import load_phases
from .plans import Planner, Plans, inverted_dependencies
from .policy import refusal_of_capabilities
from .records import PluginMode, PluginRecord, PluginState
from .registration import Inspected, inspect_plugin
from .settings import ManagerSettings
from .version import host_version

logger = logging.getLogger(__name__)


class PluginManager:
    """Registers, orders, starts, watches and stops plugins, and hands hosts their plans.

    `start` and `stop` may be called any number of times in turn; `async with manager` does both. A manager belongs to
    the event loop that started it.
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
        self._plugins: dict[str, ActivePlugin] = {}
        self._records: dict[str, PluginRecord] = {}
        self._layers: frozenset[str] = frozenset()
        self._activation = Activation(self.settings, self._records)
        self._plans = self._planner.empty()
        self._order: tuple[str, ...] = ()
        self._running = False
        self._late: asyncio.Task[None] | None = None
        self._trials: dict[str, asyncio.TimerHandle] = {}

    # What is there

    @property
    def running(self) -> bool:
        """Whether it is started."""
        return self._running

    @property
    def plans(self) -> Plans:
        """The plans in force: take them once for each request. Before the start no plugin takes part."""
        return self._plans

    @property
    def hook(self) -> pluggy.HookRelay:
        """pluggy's own relay, in the order of the plans; asynchronous phases are for looking at, not for calling."""
        self._resolve()
        return self._pluggy.hook

    @property
    def records(self) -> Mapping[str, PluginRecord]:
        """Every plugin that was found or registered, by name, whatever became of it."""
        self._resolve()
        return MappingProxyType(self._records)

    @property
    def metrics_registry(self) -> Any:
        """The prometheus_client registry that plugins' instruments live in."""
        return self._activation.registry

    def statistics(self) -> list[dict[str, Any]]:
        """Return calls, errors and latencies of every plugin in every phase that it implements."""
        return [
            {"plugin": plugin.name, "hook": name, **figures.to_dict()}
            for plugin in self._plugins.values()
            for name, figures in plugin.statistics.items()
        ]

    # Finding and registering

    def discover(self) -> list[PluginRecord]:
        """Find, check and register what the environment offers: entry points and the modules of ROUTEIQ_PLUGINS.

        Never raises for a plugin's fault: its record says what became of it.
        """
        found = []
        for loaded in discover(self.settings):
            if loaded.candidate.name not in self._records:
                found.append(self._admit(loaded))
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
        inspected = inspect_plugin(plugin, self._phases, host_version())
        name = name or inspected.metadata.name
        self._check_capabilities(name, inspected)
        if name in self._plugins:
            raise DuplicatePluginError(name, "a plugin of this name is registered already: remove it first, or pass name=")
        previous = self._records.get(name)
        added = self._add(name, inspected, None)
        if self._running:
            try:
                self._start_late(added)
            except RegistrationError:
                del self._plugins[name], self._records[name]
                if previous is not None:
                    self._records[name] = previous
                self._resolve()
                raise
        return added.record

    async def unregister(self, name: str) -> None:
        """Take a plugin out: new requests do not see it; once the last request that does has ended, it is shut down.

        Raises:
            RegistrationError: if there is no such plugin, or another active one depends on it.
        """
        plugin = self._plugins.get(name)
        if plugin is None:
            raise RegistrationError(name, "no plugin of this name is registered")
        dependents = sorted(
            other.name for other in self._plugins.values() if name in other.record.depends_on and other.record.usable
        )
        if dependents:
            raise RegistrationError(name, f"cannot be removed while {', '.join(dependents)} depend on it")
        del self._plugins[name], self._records[name]
        self._cancel_trial(name)
        if not self._running:
            return
        drained = asyncio.Event()
        loop = asyncio.get_running_loop()
        weakref.finalize(self._plans, loop.call_soon, drained.set).atexit = False
        self._rebuild()
        try:
            async with asyncio.timeout(self.settings.startup_timeout):
                await drained.wait()
        except TimeoutError:
            logger.warning("plugin %s is shut down although requests still use it", name)
        await self._activation.stop(plugin)

    def attach(self, layers: Iterable[str]) -> None:
        """Declare the layers that a host fires, so that hooks of others are shown as inactive."""
        self._layers |= frozenset(layers)
        for plugin in self._plugins.values():
            self._mark_inactive_hooks(plugin)

    # Life

    async def start(self, app: Any = None) -> None:
        """Start every plugin that can be, in order.

        Raises:
            StartupError: if a plugin with failure mode `abort` is refused or fails; what had started is stopped in
                reverse, and the manager can be started again.
            NotRunningError: if it is running already.
        """
        if self._running:
            raise NotRunningError("the manager is running already: stop it before starting it again")
        self._activation.begin(app)
        for plugin in self._plugins.values():
            if plugin.record.state in (PluginState.FAILED, PluginState.QUARANTINED):
                plugin.record.state, plugin.record.reason = PluginState.ACTIVE, ""
        try:
            self._resolve()
            self._refuse_to_start_without_aborting_plugins()
            for name in self._order:
                await self._activate(self._plugins[name])
        except BaseException:
            await self._stop_started()
            raise
        self._running = True
        self._rebuild()

    async def stop(self) -> None:
        """Stop what was started, in reverse; failures are logged. Harmless on a manager that is not running."""
        self._running = False
        if self._late is not None:
            self._late.cancel()
            await asyncio.gather(self._late, return_exceptions=True)
            self._late = None
        for name in list(self._trials):
            self._cancel_trial(name)
        self._plans = self._planner.empty()
        await self._stop_started()

    async def settled(self) -> None:
        """Wait until plugins that were registered on the running manager are started, or have failed to."""
        while self._late is not None and not self._late.done():
            await asyncio.shield(self._late)

    async def __aenter__(self) -> PluginManager:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def health(self, timeout: float = 5.0) -> dict[str, Any]:
        """Return `status` (ok, degraded or failed) and each plugin's own, asked with a deadline in seconds."""
        asked = [plugin for plugin in self._plugins.values() if plugin.started and "health_check" in plugin.implementations]
        answers = await asyncio.gather(*(self._activation.health(plugin, timeout) for plugin in asked))
        plugins = {plugin.name: answer for plugin, answer in zip(asked, answers, strict=True)}
        for record in self._records.values():
            if record.state is PluginState.QUARANTINED:
                plugins[record.name] = {"status": "degraded", "reason": record.reason}
        states = {answer["status"] for answer in plugins.values()}
        status = "failed" if "failed" in states else "degraded" if "degraded" in states else "ok"
        return {"status": status, "plugins": plugins}

    # Order

    def explain(self, first: str, second: str) -> Explanation:
        """Return which rule puts one plugin before another.

        Raises:
            UnknownPlugin: with the nearest name, if one of them does not exist.
        """
        self._resolve()
        return explain([plugin.node for plugin in self._plugins.values()], first, second)

    def hooks(self) -> list[dict[str, Any]]:
        """Return every phase with its plugins in the order in which it calls them, and why each stands where it does."""
        self._resolve()
        active = self._in_order()
        nodes = [plugin.node for plugin in active]
        listing = []
        for phase in self._phases.values():
            called = self._planner.in_call_order(phase, active)
            plugins = []
            for position, plugin in enumerate(called):
                previous = called[position - 1] if position else None
                because = f"priority {plugin.record.priority}"
                if previous is not None:
                    because = explain(nodes, previous.name, plugin.name).text
                mark = ("tryfirst", None, "trylast")[plugin.implementations[phase.name].band]
                if mark is not None:
                    because = f"marked {mark}"
                figures = plugin.statistics[phase.name].to_dict()
                plugins.append({"name": plugin.name, "because": because, **figures})
            direction = "outbound" if phase.outbound else "inbound"
            listing.append(
                {"name": phase.name, "kind": phase.kind, "layer": phase.layer, "direction": direction, "plugins": plugins}
            )
        return listing

    # Inside

    def _admit(self, loaded: Loaded) -> PluginRecord:
        candidate = loaded.candidate
        if loaded.state is not None:
            return self._set_aside(candidate, loaded.state, loaded.reason)
        name = candidate.name
        try:
            inspected = inspect_plugin(loaded.plugin, self._phases, host_version(), candidate.facts)
            if not candidate.is_entry_point:
                name = inspected.metadata.name
            self._check_capabilities(name, inspected)
            if name in self._records:
                raise DuplicatePluginError(name, f"{candidate.source} offers a name that {self._records[name].source} has")
        except RegistrationError as error:
            if name in self._plugins:
                name = candidate.reference
            return self._set_aside(candidate, PluginState.REFUSED, str(error), name)
        override = self.settings.plugins.get(name)
        enabled = override.enabled if override is not None else None
        added = self._add(name, inspected, candidate)
        if enabled is False or (enabled is None and not inspected.metadata.enabled_by_default):
            reason = "not enabled by default" if enabled is None else "disabled by the operator"
            added.record.leave_out(PluginState.DISABLED, f"{reason} (plugins: {name}: {{enabled: true}} enables it)")
        return added.record

    def _set_aside(
        self, candidate: Candidate, state: PluginState, reason: str, name: str | None = None
    ) -> PluginRecord:
        name = name or candidate.name
        record = PluginRecord(
            name, state, reason, candidate.facts.get("version"), candidate.distribution, candidate.source,
            failure_mode=self._failure_mode(name, None),
        )  # fmt: skip
        self._records[name] = record
        log = logger.info if state is PluginState.DISABLED else logger.warning
        log("plugin %s is %s: %s", name, state.value, reason)
        return record

    def _add(self, name: str, inspected: Inspected, candidate: Candidate | None) -> ActivePlugin:
        metadata, override = inspected.metadata, self.settings.plugins.get(name)

        def chosen(field: str) -> Any:
            value = getattr(override, field) if override is not None else None
            return getattr(metadata, field) if value is None else frozenset(value) if field != "priority" else value

        record = PluginRecord(
            name=name,
            version=metadata.version,
            distribution=candidate.distribution if candidate else None,
            source=candidate.source if candidate else "code",
            priority=chosen("priority"),
            depends_on=metadata.depends_on,
            before=chosen("before"),
            after=chosen("after"),
            capabilities=metadata.capabilities,
            hooks=tuple(inspected.implementations),
            mode=PluginMode((override.mode if override is not None else None) or PluginMode.ENFORCE),
            failure_mode=self._failure_mode(name, metadata.failure_mode),
            metadata=metadata,
            plugin=inspected.plugin,
        )
        plugin = ActivePlugin(record, inspected)
        self._plugins[name], self._records[name] = plugin, record
        self._mark_inactive_hooks(plugin)
        return plugin

    def _failure_mode(self, name: str, declared: str | None) -> FailureMode:
        override = self.settings.plugins.get(name)
        chosen = override.failure_mode if override is not None else None
        return FailureMode(chosen or declared or self.settings.failure_mode)

    def _check_capabilities(self, name: str, inspected: Inspected) -> None:
        reason = refusal_of_capabilities(self.settings, inspected.metadata.capabilities)
        if reason is not None:
            raise CapabilityError(name, reason)

    def _mark_inactive_hooks(self, plugin: ActivePlugin) -> None:
        hosted = self._layers | {"lifecycle"}
        unfired = [
            name for name, one in plugin.implementations.items() if self._layers and one.phase.layer not in hosted
        ]
        plugin.record.inactive_hooks = (*plugin.inspected.switched_off, *plugin.inspected.optional, *unfired)

    def _resolve(self) -> Resolution:
        """Bring the order, and the states that follow from it, up to date."""
        for plugin in self._plugins.values():
            if plugin.resolved_out:
                plugin.resolved_out = False
                plugin.record.state, plugin.record.reason = PluginState.ACTIVE, ""
        inverted = inverted_dependencies(self._plugins.values())
        for name, reason in inverted.items():
            if self._plugins[name].record.usable:
                self._resolve_out(name, PluginState.REFUSED, reason)
        unavailable = {
            record.name: f"it is {record.state.value}: {record.reason}"
            for record in self._records.values()
            if not record.usable
        }
        resolution = resolve(
            [plugin.node for plugin in self._plugins.values() if plugin.record.usable], unavailable
        )
        for name, refusal in resolution.refusals.items():
            state = PluginState.REFUSED if refusal.kind == "cycle" else PluginState.FAILED
            self._resolve_out(name, state, refusal.reason, refusal.members)
        self._order = resolution.order
        self._planner.align_pluggy(self._in_order())
        return resolution

    def _resolve_out(self, name: str, state: PluginState, reason: str, members: tuple[str, ...] = ()) -> None:
        plugin = self._plugins[name]
        plugin.resolved_out = True
        plugin.record.leave_out(state, reason)
        plugin.record.error = DependencyCycleError(members) if members else RegistrationError(name, reason)

    def _in_order(self) -> list[ActivePlugin]:
        return [
            self._plugins[name] for name in self._order if self._plugins[name].record.state is PluginState.ACTIVE
        ]

    def _refuse_to_start_without_aborting_plugins(self) -> None:
        for record in self._records.values():
            broken = record.state is PluginState.FAILED or (record.state is PluginState.REFUSED and record.metadata)
            if broken and record.failure_mode is FailureMode.ABORT:
                if isinstance(record.error, DependencyCycleError):
                    raise record.error
                raise StartupError(record.name, record.reason)

    async def _activate(self, plugin: ActivePlugin) -> None:
        """Start one plugin, unless something that it depends on has failed by now."""
        for dependency in sorted(plugin.record.depends_on):
            if not self._plugins[dependency].started:
                reason = f"depends on {dependency!r}, which did not start: {self._records[dependency].reason}"
                self._activation.failed(plugin, reason, None)
                return
        if plugin.record.failure_mode is FailureMode.QUARANTINE:
            plugin.circuit = Circuit(
                self.settings.quarantine_after,
                on_open=lambda reason: self._quarantine(plugin, reason),
                on_close=lambda: self._release(plugin),
            )
        await self._activation.start(plugin)

    async def _stop_started(self) -> None:
        for name in reversed(self._order):
            plugin = self._plugins.get(name)
            if plugin is not None and plugin.started:
                await self._activation.stop(plugin)

    def _rebuild(self) -> None:
        self._resolve()
        self._plans = self._planner.build([plugin for plugin in self._in_order() if plugin.started])

    def _start_late(self, added: ActivePlugin) -> None:
        self._resolve()
        for plugin in self._plugins.values():
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
