"""Who is there: every plugin that was found or registered, its record, and the order among those that can take part."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from routeiq_plugin_sdk import FailureMode

from .active import ActivePlugin
from .call_order import inverted_dependencies
from .discovery import DISABLED_BY_OPERATOR, Candidate, Loaded, load
from .errors import CapabilityError, DependencyCycleError, DuplicatePluginError, RegistrationError
from .instances import SEPARATOR, by_plugin, checked_name, hint_for, plugin_of
from .ordering import resolve
from .policy import refusal_of_capabilities
from .records import CODE, PluginMode, PluginRecord, PluginState
from .registration import Inspected, inspect_plugin
from .settings import ManagerSettings
from .steps import Phase
from .version import host_version
from .when import Stage

logger = logging.getLogger(__name__)

_CHOSEN_BEFORE: Final[Mapping[str | None, Stage]] = {"authentication": Stage.IDENTIFIED, "routing": Stage.ROUTED}


class Roster:
    """The plugins of a manager.

    Attributes:
        plugins: Those that are registered, by name: named instances count by themselves.
        records: Those and the ones that were set aside.
        loaded: What discovery found, by the plugin's name, imported or not: instances are made of it.
        order: The names of those that can take part, in order, as of the last `resolve`.
        settings: What operators say; `follow` has another word put in force.
    """

    def __init__(self, phases: Mapping[str, Phase], settings: ManagerSettings) -> None:
        self.plugins: dict[str, ActivePlugin] = {}
        self.records: dict[str, PluginRecord] = {}
        self.loaded: dict[str, Loaded] = {}
        self.order: tuple[str, ...] = ()
        self.settings = settings
        self._phases = phases
        self._layers: frozenset[str] = frozenset()
        self._seen: set[str] = set()

    def attach(self, layers: Iterable[str]) -> None:
        """Note the layers that a host fires."""
        self._layers |= frozenset(layers)
        for plugin in self.plugins.values():
            self._mark_inactive_hooks(plugin)

    def providers(self) -> list[ActivePlugin]:
        """Return the enforcing plugins that implement `authenticate`, whatever became of them since."""
        out = (PluginState.DISABLED, PluginState.REFUSED)
        return [
            plugin
            for plugin in self.plugins.values()
            if "authenticate" in plugin.implementations and not plugin.audited and plugin.record.state not in out
        ]

    def in_order(self) -> list[ActivePlugin]:
        """Return the active plugins in order."""
        return [self.plugins[name] for name in self.order if self.plugins[name].record.state is PluginState.ACTIVE]

    def admit(self, loaded: Loaded) -> list[PluginRecord]:
        """Take up a plugin that was discovered, as the instances that the settings list; mistakes end in records."""
        candidate, plugin = loaded.candidate, loaded.name
        if candidate.source in self._seen:
            return []
        self._seen.add(candidate.source)
        known = next((record for name, record in self.records.items() if plugin_of(name) == plugin), None)
        if known is not None:
            reason = f"{candidate.source} offers a name that {known.source} has"
            error = DuplicatePluginError(plugin, reason)
            return [self._set_aside(candidate, PluginState.REFUSED, str(error), candidate.reference)]
        self.loaded[plugin] = loaded
        return [self._admit(loaded, name, self.settings) for name in self.settings.instances_of(plugin)]

    def _admit(self, loaded: Loaded, name: str, settings: ManagerSettings) -> PluginRecord:
        candidate, override = loaded.candidate, settings.plugins.get(name)
        if loaded.state is not None:
            if override is not None and override.enabled is False:
                return self._set_aside(candidate, PluginState.DISABLED, DISABLED_BY_OPERATOR, name)
            return self._set_aside(candidate, loaded.state, loaded.reason, name)
        try:
            plugin = self.instantiate(name)
        except RegistrationError as error:
            return self._set_aside(candidate, PluginState.REFUSED, str(error), name)
        self.put(plugin)
        return plugin.record

    def _set_aside(self, candidate: Candidate, state: PluginState, reason: str, name: str) -> PluginRecord:
        record = PluginRecord(
            name, state, reason, candidate.facts.get("version"), candidate.distribution, candidate.source,
            failure_mode=self._failure_mode(name, None),
        )  # fmt: skip
        self.records[name] = record
        log = logger.info if state is PluginState.DISABLED else logger.warning
        log("plugin %s is %s: %s", name, state.value, reason)
        return record

    def instantiate(self, name: str) -> ActivePlugin:
        """Return a plugin that discovery imported, or one more named instance of it, without taking it up yet.

        A module's instances share its globals; of a class each gets an object of its own.

        Raises:
            RegistrationError: of the kind that fits: above all if an object, of which there is one, serves already.
        """
        loaded = self.loaded.get(plugin_of(name))
        if loaded is None:
            raise RegistrationError(name, f"no plugin {plugin_of(name)!r} is installed{hint_for(name, self.loaded)}")
        if loaded.state is not None:
            raise RegistrationError(name, f"was not imported: {loaded.reason}")
        self._check_divisible(name, loaded.plugin)
        inspected = inspect_plugin(loaded.plugin, self._phases, host_version(), loaded.candidate.facts)
        self._check_capabilities(name, inspected)
        return self._made(name, inspected, loaded.candidate)

    def put(self, plugin: ActivePlugin) -> None:
        """Take up a plugin; it has its place in the order from the next `resolve` on."""
        self.plugins[plugin.name], self.records[plugin.name] = plugin, plugin.record

    def remove(self, name: str) -> None:
        """Forget a plugin or an instance; another one of that name may come."""
        self.plugins.pop(name, None)
        self.records.pop(name, None)

    def prune(self) -> None:
        """Forget the instances of what was discovered that the settings list no more."""
        for name, record in list(self.records.items()):
            if plugin_of(name) in self.loaded and record.source != CODE and not self.settings.lists(name):
                self.remove(name)

    def dependents(self, name: str) -> list[str]:
        """Return the plugins that could not run without this one, sorted."""
        plugin = plugin_of(name)
        others = any(
            one.record.usable and one.name != name and plugin_of(one.name) == plugin for one in self.plugins.values()
        )
        needed = {name} if others else {name, plugin}
        return sorted(one.name for one in self.plugins.values() if needed & one.record.depends_on and one.record.usable)

    def add(self, name: str, inspected: Inspected, candidate: Candidate | None) -> ActivePlugin:
        """Take up a plugin that may be registered, with what the operator says of it."""
        plugin = self._made(name, inspected, candidate)
        self.put(plugin)
        return plugin

    def _made(self, name: str, inspected: Inspected, candidate: Candidate | None) -> ActivePlugin:
        metadata = inspected.metadata
        record = PluginRecord(
            name=name,
            version=metadata.version,
            distribution=candidate.distribution if candidate else None,
            source=candidate.source if candidate else CODE,
            depends_on=metadata.depends_on,
            capabilities=metadata.capabilities,
            hooks=tuple(inspected.implementations),
            metadata=metadata,
            plugin=inspected.plugin,
        )
        self._heed(record)
        plugin = ActivePlugin(record, inspected)
        self._mark_inactive_hooks(plugin)
        return plugin

    def follow(self, settings: ManagerSettings) -> None:
        """Go by other settings: what operators say of each plugin, and whether it takes part. The order follows."""
        self.settings = settings
        for record in self.records.values():
            self._heed(record)
        for plugin in self.plugins.values():
            self._mark_inactive_hooks(plugin)
        self.resolve()

    def _heed(self, record: PluginRecord) -> None:
        """Bring into a plugin's record what operators say of it."""
        metadata, override = record.metadata, self.settings.plugins.get(record.name)

        def chosen(field: str) -> Any:
            value = getattr(override, field) if override is not None else None
            return getattr(metadata, field) if value is None else frozenset(value) if field != "priority" else value

        record.failure_mode = self._failure_mode(record.name, metadata.failure_mode if metadata is not None else None)
        record.mode = PluginMode((override.mode if override is not None else None) or PluginMode.ENFORCE)
        if metadata is None:
            return
        record.priority, record.before, record.after = chosen("priority"), chosen("before"), chosen("after")
        record.when = override.when if override is not None else None
        reason = self._reason_to_leave_out(record)
        if reason is not None:
            enables = f"(plugins: {record.name}: {{enabled: true}} enables it)"
            record.leave_out(PluginState.DISABLED, f"{reason} {enables}")
        elif record.state is PluginState.DISABLED:
            record.state, record.reason = PluginState.ACTIVE, ""

    def wants(self, name: str) -> bool:
        """Return whether a plugin is to take part, as far as operators and its author have a say."""
        record = self.records.get(name)
        return record is None or self._reason_to_leave_out(record) is None

    def _reason_to_leave_out(self, record: PluginRecord) -> str | None:
        override = self.settings.plugins.get(record.name)
        if override is not None and override.enabled is not None:
            return None if override.enabled else "disabled by the operator"
        if record.source == CODE:
            return None
        if not self.settings.lists(record.name):
            return "not listed under plugins:, as other instances are"
        # Somebody named a named instance: it exists to run.
        by_default = record.metadata is None or record.metadata.enabled_by_default
        enabled = by_default or record.instance_of is not None or record.name in self.settings.enabled
        return None if enabled else "not enabled by default"

    async def fetch(self, settings: ManagerSettings) -> None:
        """Import plugins that were disabled when they were found, and are not by these settings; make new instances.

        What is wrong with one ends in its record. Until the settings are followed, it stays disabled; `prune` takes
        back what was only made for settings that are not followed.
        """
        for plugin, found in list(self.loaded.items()):
            loaded, earlier = found, []
            if found.state is PluginState.DISABLED and not settings.disables(plugin):
                loaded = await asyncio.to_thread(load, [found.candidate], settings)
                earlier = [name for name in self.records if plugin_of(name) == plugin]
                for name in earlier:
                    del self.records[name]
                del self.loaded[plugin]
                self.loaded[loaded.name] = loaded
            for name in dict.fromkeys((*earlier, *settings.instances_of(loaded.name))):
                if name not in self.records and plugin_of(name) == loaded.name:
                    self._admit(loaded, name, settings)

    @contextlib.contextmanager
    def tentative(self) -> Iterator[None]:
        """Have whatever happens to the records meanwhile undone at the end."""
        kept = [(record, record.state, record.reason, record.error) for record in self.records.values()]
        resolved_out = {plugin: plugin.resolved_out for plugin in self.plugins.values()}
        settings = self.settings
        try:
            yield
        finally:
            self.follow(settings)
            for record, state, reason, error in kept:
                record.state, record.reason, record.error = state, reason, error
            for plugin, was in resolved_out.items():
                plugin.resolved_out = was

    def give_another_chance(self, plugin: ActivePlugin) -> None:
        """Have a plugin that failed to start count as one that can take part."""
        if plugin.record.state in (PluginState.FAILED, PluginState.QUARANTINED):
            plugin.record.state, plugin.record.reason = PluginState.ACTIVE, ""

    def unstarted_dependency(self, plugin: ActivePlugin) -> str | None:
        """Return why a plugin cannot be started for want of one that it depends on, or None."""
        for name in sorted(plugin.node.depends_on):
            if not self.plugins[name].started:
                return f"depends on {name!r}, which did not start: {self.records[name].reason}"
        return None

    def _failure_mode(self, name: str, declared: str | None) -> FailureMode:
        override = self.settings.plugins.get(name)
        chosen = override.failure_mode if override is not None else None
        return FailureMode(chosen or declared or self.settings.failure_mode)

    def _check_capabilities(self, name: str, inspected: Inspected) -> None:
        reason = refusal_of_capabilities(self.settings, inspected.metadata.capabilities)
        if reason is not None:
            raise CapabilityError(name, reason)

    def _mark_inactive_hooks(self, plugin: ActivePlugin) -> None:
        unfired = [name for name, one in plugin.implementations.items() if not self._may_fire(one.phase, plugin)]
        plugin.record.inactive_hooks = (*plugin.inspected.switched_off, *plugin.inspected.optional, *unfired)

    def _may_fire(self, phase: Phase, plugin: ActivePlugin) -> bool:
        if phase.layer == "lifecycle":
            return True
        if self._layers and phase.layer not in self._layers:
            return False
        when = plugin.record.when
        if when is None:
            return True
        if when.stage is Stage.ROUTED and self._layers and "llm" not in self._layers:
            return False  # there are no calls that it could be chosen for
        return when.stage < _CHOSEN_BEFORE.get(phase.until, len(Stage))

    def resolve(self) -> None:
        """Bring the order, and the states that follow from it, up to date."""
        for plugin in self.plugins.values():
            if plugin.resolved_out:
                plugin.resolved_out = False
                plugin.record.state, plugin.record.reason = PluginState.ACTIVE, ""
        instances = self._instances()
        for plugin in self.plugins.values():
            plugin.place(instances)
        inverted = inverted_dependencies(self.plugins.values())
        for name, reason in inverted.items():
            if self.plugins[name].record.usable:
                self._resolve_out(name, PluginState.REFUSED, reason)
        usable = [plugin.node for plugin in self.plugins.values() if plugin.record.usable]
        resolution = resolve(usable, self.unavailable())
        for name, refusal in resolution.refusals.items():
            state = PluginState.REFUSED if refusal.kind == "cycle" else PluginState.FAILED
            self._resolve_out(name, state, refusal.reason, refusal.members)
        self.order = resolution.order

    def _instances(self) -> dict[str, list[str]]:
        """Return what plugins' names stand for: all of their instances, disabled ones only if there is no other."""
        enabled = by_plugin(name for name, record in self.records.items() if record.state is not PluginState.DISABLED)
        return {**by_plugin(self.records), **enabled}

    def unavailable(self) -> dict[str, str]:
        """Return the plugins that nothing can depend on, and why."""
        return {
            record.name: f"it is {record.state.value}: {record.reason}"
            for record in self.records.values()
            if record.state is not PluginState.ACTIVE and record.state is not PluginState.QUARANTINED
        }

    def _resolve_out(self, name: str, state: PluginState, reason: str, members: tuple[str, ...] = ()) -> None:
        plugin = self.plugins[name]
        plugin.resolved_out = True
        plugin.record.leave_out(state, reason)
        plugin.record.error = DependencyCycleError(members) if members else RegistrationError(name, reason)

    def inspect(self, plugin: Any, name: str | None) -> tuple[str, Inspected]:
        """Return the name and the hooks of a plugin made in code.

        Raises:
            RegistrationError: of the kind that fits.
        """
        inspected = inspect_plugin(plugin, self._phases, host_version())
        name = name or inspected.metadata.name
        if SEPARATOR in name:
            try:
                checked_name(name)
            except ValueError as error:
                raise RegistrationError(name, str(error)) from None
        self._check_capabilities(name, inspected)
        if name in self.plugins:
            raise DuplicatePluginError(name, "a plugin of this name is registered: remove it first, or pass name=")
        self._check_divisible(name, plugin)
        return name, inspected

    def _check_divisible(self, name: str, plugin: Any) -> None:
        """Refuse an object that serves already: what it keeps would be shared by what looks like two."""
        if inspect.ismodule(plugin) or inspect.isclass(plugin):
            return
        for other in self.plugins.values():
            if other.inspected.plugin is plugin and other.name != name:
                reason = f"is one object, which serves as {other.name!r} already"
                raise RegistrationError(name, f"{reason}: several instances need a class or a module")
