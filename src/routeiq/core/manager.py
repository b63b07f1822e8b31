"""The plugin manager: everything that happens to a plugin, from its discovery to its end.

It owns all state: any number of managers live in one process. `roster.py` knows who is there, `lifecycle.py` starts and
stops them, `change.py` changes what operators want of them, `plans.py` compiles what hosts call; this module decides
what happens when.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Self

import pluggy
from routeiq_plugin_sdk import FailureMode, Node
from routeiq_plugin_sdk.markers import PROJECT
from routeiq_plugin_sdk.specs import LAYERS

from .activation import Activation
from .active import ActivePlugin
from .change import Changes, Edit, Prepared
from .config import LoadedConfig
from .desired import Desired
from .discovery import discover
from .errors import ConfigurationError, NotRunningError, RegistrationError
from .evaluations import Evaluations
from .events import EventBus
from .explain import Explainer, Explanation
from .host_events import HealthWatch
from .instances import hint_for
from .lifecycle import Lifecycle, health_of
from .listing import hook_listing
from .logging import Activity
from .metrics import Instruments
from .outbound.clients import HTTPFactory
from .phases import load_phases
from .plans import Planner, Plans
from .plugin_calls import Models
from .quarantine import Quarantine
from .records import PluginRecord
from .retirement import Retirement
from .roster import Roster
from .settings import ManagerSettings, PluginOverride
from .state import StateStore
from .statistics import PhaseStatistics
from .storage import StorageBackend
from .telemetry import Tracer
from .timers import Timers
from .tracing import EventTracing, Tracing

logger = logging.getLogger(__name__)


class PluginManager:
    """Registers, orders, starts, watches and stops plugins, and hands hosts their plans.

    `start` and `stop` may be called any number of times in turn; `async with manager` does both. A manager belongs to
    the event loop that started it.

    Attributes:
        settings: What it was told; a change puts another word on plugins into it.
        running: Whether it is started. Read-only, as is `plans`: plain attributes, since every request reads them.
        plans: The plans in force: take them once for each request. Before the start no plugin takes part.
        events: The event bus, which carries events from the start to the stop.
    """

    def __init__(self, settings: ManagerSettings | None = None, *, storage: StorageBackend | None = None) -> None:
        """Make a manager without plugins.

        Args:
            settings: None reads them from the environment, here and nowhere else.
            storage: Where plugins keep their values, opened and closed by whoever made it; None: in memory.

        Raises:
            ConfigurationError: if a variable cannot be understood.
        """
        self.settings = ManagerSettings.from_environment() if settings is None else settings
        self._phases = load_phases()
        self._pluggy = pluggy.PluginManager(PROJECT)
        for layer in LAYERS:
            self._pluggy.add_hookspecs(layer)
        self._planner = Planner(self._phases, self.settings, self._pluggy)
        self._tracing = Tracing(self._retrace)
        tracing = EventTracing(self._tracing)
        self.events = EventBus(self.settings.worker, self.settings.event_queue, lambda: tracing.heed(self.events))
        self._roster = Roster(self._phases, self.settings)
        self._activation = Activation(self.settings, self._roster.records, self.events, storage)
        self._changes = Changes(self, self._roster, self._activation, self._planner)
        self._lifecycle = Lifecycle(self._roster, self._activation, self.arm)
        self._retirement = Retirement(self._activation, self._planner)
        self.quarantine = Quarantine(self.settings, self._planner, self.rebuild, self.events)
        self._health = HealthWatch(self.events)
        self.plans = self._planner.empty()
        self.running = False

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

    def plugin(self, name: str) -> ActivePlugin:
        """Return a registered plugin.

        Raises:
            RegistrationError: with the nearest name, if there is none of this.
        """
        plugin = self._roster.plugins.get(name)
        if plugin is None:
            raise RegistrationError(name, f"no plugin of this name is registered{hint_for(name, self._roster.plugins)}")
        return plugin

    @property
    def node(self) -> Node:
        """The process, as plugins are told of it."""
        return self._activation.node

    @property
    def metrics_registry(self) -> Any:
        """The prometheus_client registry that plugins' instruments live in."""
        return self.instruments.registry

    @property
    def instruments(self) -> Instruments:
        """The plugins' instruments."""
        return self._activation.instruments

    @property
    def timers(self) -> Timers:
        """What plugins' timers do, and in which of them this process leads."""
        return self._activation.timers

    @property
    def evaluations(self) -> Evaluations:
        """The evaluations of calls that are over."""
        return self._planner.evaluations

    def plans_of(self, activity: Activity | None) -> Plans:
        """Return the plans that an activity has, if they are this manager's; else those in force, for its request."""
        plans = None if activity is None else activity.plans
        if plans is not None and plans.maker is self._planner:
            return plans
        plans = self.plans
        if plans.scopes is None or activity is None or activity.request is None:
            return plans
        return plans.scopes.identified(plans.scopes.at_entry(activity.request), activity.request)

    def statistics(self) -> list[dict[str, Any]]:
        """Return calls, errors and latencies of every plugin in every phase that it implements."""
        return [
            {"plugin": plugin.name, "hook": name, **figures.to_dict()}
            for plugin in self._roster.plugins.values()
            for name, figures in plugin.statistics.items()
        ]

    def routing_strategies(self) -> Mapping[str, str]:
        """Return the routing strategies of the plugins that are started, with their plugins."""
        started = [plugin for plugin in self._roster.in_order() if plugin.started]
        return {name: plugin.name for plugin in reversed(started) for name in plugin.factories}

    def counts(self) -> Iterator[PhaseStatistics]:
        """Yield the figures of every plugin in every phase that hosts fire and that it implements."""
        for plugin in self._roster.plugins.values():
            for name, figures in plugin.statistics.items():
                if not self._phases[name].native:
                    yield figures

    # Finding and registering

    def discover(self, disabled: Iterable[str] = ()) -> list[PluginRecord]:
        """Find, check and register what the environment offers: entry points and the modules of ROUTEIQ_PLUGINS.

        Never raises for a plugin's fault: its record says what became of it.

        Args:
            disabled: Plugins, or instances, that operators disabled at run time: those are not imported, as if the
                settings said so.
        """
        words = {**self.settings.plugins, **{name: PluginOverride(enabled=False) for name in disabled}}
        settings = self.settings.model_copy(update={"plugins": words})
        found = [record for loaded in discover(settings) for record in self._roster.admit(loaded)]
        for name in self.settings.plugins.keys() - self._roster.records.keys():
            hint = hint_for(name, self._roster.records)
            logger.warning("the settings speak of plugin %r, which is not installed%s", name, hint)
        self._resolve()
        return found

    def register(self, plugin: Any, name: str | None = None) -> PluginRecord:
        """Register a plugin made in code: a module, a class, or an instance.

        On a running manager it is started at once, by every rule of a start; `await manager.settled()` waits for that.

        Args:
            name: The plugin's name if it is not that of its metadata, so that one class or module can serve twice;
                `rate-limit#free` makes a named instance.

        Raises:
            RegistrationError: of the kind that fits; nothing is registered then.
        """
        name, inspected = self._roster.inspect(plugin, name)
        previous = self._roster.records.get(name)
        added = self._roster.add(name, inspected, None)
        if self.running:
            try:
                self.check()
                self._lifecycle.start_late(added, lambda: self.desired, self.rebuild)
            except (RegistrationError, ConfigurationError):
                self._roster.remove(name)
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
        plugin = self.plugin(name)
        dependents = self._roster.dependents(name)
        if dependents:
            raise RegistrationError(name, f"cannot be removed while {', '.join(dependents)} depend on it")
        self._roster.remove(name)
        self.quarantine.forget(name)
        if self.running:
            self.rebuild()
            await asyncio.shield(self._retirement.begin(plugin, self.settings.startup_timeout))

    def attach(
        self,
        layers: Iterable[str],
        *,
        http: HTTPFactory | None = None,
        state: StateStore | None = None,
        models: Models | None = None,
    ) -> None:
        """Take up a host.

        Args:
            layers: Those that it fires; hooks of layers that no host fires are shown as inactive.
            http: Makes plugins' HTTP clients; those of the first host that brings this along are used.
            state: The store of the operator's state, open while the plugins run: of the processes that share it one
                calls the timers that one shall call.
            models: Those that plugins call by `context.llm`; of the first host that brings some along.
        """
        self._roster.attach(layers)
        if http is not None:
            self._activation.http.attach(http)
        if state is not None:
            self.timers.leadership.store = state
        if models is not None:
            self._activation.calls.attach(models, self.plans_of)

    def add_tracer(self, tracer: Tracer) -> None:
        """Have requests and calls that begin from now on, and the hooks in them, told to a tracer as well."""
        self._tracing.add(tracer)

    def remove_tracer(self, tracer: Tracer) -> None:
        """Tell a tracer that was added nothing more of requests and calls that begin from now on."""
        self._tracing.remove(tracer)

    def _retrace(self, tracer: Tracer | None) -> None:
        self._planner.tracer = tracer
        if self.running:
            self.rebuild()
        else:
            self.plans = self._planner.empty()

    # Life

    async def start(self, app: Any = None) -> None:
        """Start every plugin that can be, in order.

        Raises:
            StartupError: if a plugin with failure mode `abort` is refused or fails; what had started is stopped in
                reverse, and the manager can be started again.
            ConfigurationError: if what operators say of plugins contradicts itself, or the plugins.
            NotRunningError: if it is running already.
        """
        if self.running:
            raise NotRunningError("the manager is running already: stop it before starting it again")
        self.events.open()
        self.evaluations.open(self.events)
        self.quarantine.begin()
        self._activation.begin(app)
        self._changes.read_files()
        await self._roster.fetch(self.settings)
        self._lifecycle.begin_anew()
        try:
            self.check()
            await self._lifecycle.start(self.desired)
        except BaseException:
            await self.evaluations.close()
            await self._lifecycle.stop()
            await self.events.close()
            raise
        self.running = True
        self.rebuild()
        if self.plans.evaluate is not None and self.plans.evaluation is None and self.plans.scopes is None:
            names = ", ".join(self.plans.evaluate.plugins)
            logger.info("no plugin says how many calls are evaluated: %s will not be asked (enable evaluator)", names)

    async def stop(self) -> None:
        """Stop what was started, in reverse; failures are logged. Harmless on a manager that is not running."""
        self.running = False
        await self._lifecycle.start_no_more()
        await self._changes.abort()
        self.quarantine.end()
        self.plans = self._planner.empty()
        await self.evaluations.close()
        await self._retirement.all_ended()
        await self._lifecycle.stop()
        await self.events.close()

    async def leave_loop(self) -> None:
        """Close what plugins' HTTP clients have opened in the running event loop, before a host ends that loop."""
        await self._activation.http.leave_loop()

    async def settled(self) -> None:
        """Wait until plugins that were registered on the running manager are started, or have failed to."""
        await self._lifecycle.settled()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def health(self, timeout: float = 5.0) -> dict[str, Any]:
        """Return `status` (ok, degraded or failed) and each plugin's own, asked with a deadline in seconds."""
        return await health_of(self._roster, self._activation, timeout, self._health)

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
        plugin = self.plugin(name)

        def edit(desired: Desired) -> Desired:
            desired = desired.with_files([name])
            return desired if overlay is None else desired.with_overlay(name, overlay)

        prepared = await self.prepare(edit)
        prepared.commit()
        return prepared.loaded.get(name) or self._changes.loaded(plugin)

    def overlay(self, name: str) -> Mapping[str, Any]:
        """Return what operators set at run time of a plugin's configuration."""
        return self.desired.overlays.get(name, {})

    @property
    def desired(self) -> Desired:
        """What operators want of the plugins, as it is in force, or will be from the start on."""
        return self._changes.in_force

    def preset(self, edit: Edit) -> None:
        """Have something else hold from the next start on. What is wrong with it shows there, by failure mode.

        Raises:
            NotRunningError: if the manager is running: `prepare` changes what is in force.
        """
        if self.running:
            raise NotRunningError("the manager is running: prepare and commit a change instead")
        self._changes.preset(edit)

    def config_of(self, name: str) -> Any:
        """Return the configuration that is in force for a plugin; None if it has none, or was never started.

        Raises:
            RegistrationError: with the nearest name, if there is no such plugin.
        """
        context = self.plugin(name).context
        return None if context is None else context.config

    async def prepare(self, edit: Edit, retried: Iterable[str] = ()) -> Prepared:
        """Make a change ready, which then is committed or aborted; other changes wait until it is.

        Args:
            edit: Makes what is wanted of what is in force, at the moment when no other change is under way.
            retried: Plugins that failed to start, and are to be started anew although nothing of them changed.

        Raises:
            ConfigurationError: with everything that is wrong with configurations; nothing is changed.
            ChangeRefused: by a plugin, or by what depends on what; nothing is changed.
        """
        return await self._changes.prepare(edit, retried)

    async def unchanging(self) -> None:
        """Wait until no change is under way."""
        await self._changes.settled()

    def follow(self, settings: ManagerSettings) -> None:
        """Go by other settings, as a change puts them in force: records and order change with them, plans do not."""
        self.settings = self._planner.settings = self._activation.settings = self.quarantine.settings = settings
        self._roster.follow(settings)

    def arm(self, plugin: ActivePlugin) -> None:
        """Give a plugin the circuit breaker that its failure mode asks for, or take it away."""
        wanted = plugin.record.failure_mode is FailureMode.QUARANTINE
        if wanted and plugin.circuit is None:
            self.quarantine.arm(plugin)
        elif not wanted and plugin.circuit is not None:
            self.quarantine.disarm(plugin)

    def rebuild(self) -> None:
        """Make new plans of what is started and in order, for the requests to come."""
        self._resolve()
        started = [plugin for plugin in self._roster.in_order() if plugin.started]
        self.plans = self._planner.build(started, self._roster.providers())

    def retire(self, plugin: ActivePlugin) -> None:
        """Shut a plugin down that takes part no longer, once the last request that uses it has ended."""
        self.quarantine.forget(plugin.name)
        self._retirement.begin(plugin, self.settings.startup_timeout)

    async def retired(self, plugin: str) -> None:
        """Wait until a plugin that was retired is shut down."""
        await self._retirement.ended(plugin)

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

    def check(self) -> None:
        """Raise ConfigurationError if what operators say of plugins contradicts itself, or the plugins."""
        self._resolve()
        self._planner.check(self._roster.in_order(), self._roster.providers())

    # Inside

    def _resolve(self) -> None:
        """Bring the order, the states that follow from it, and pluggy's own order up to date."""
        self._roster.resolve()
        self._planner.align_pluggy(self._roster.in_order())
