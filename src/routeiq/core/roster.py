"""Who is there: every plugin that was found or registered, its record, and the order among those that can take part."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from routeiq_plugin_sdk import FailureMode

from .active import ActivePlugin
from .discovery import Candidate, Loaded, load
from .errors import CapabilityError, DependencyCycleError, DuplicatePluginError, RegistrationError
from .ordering import resolve
from .plans import inverted_dependencies
from .policy import refusal_of_capabilities
from .records import PluginMode, PluginRecord, PluginState
from .registration import Inspected, inspect_plugin
from .settings import ManagerSettings
from .steps import Phase
from .version import host_version

logger = logging.getLogger(__name__)


class Roster:
    """The plugins of a manager.

    Attributes:
        plugins: Those that are registered, by name.
        records: Those and the ones that were set aside.
        order: The names of those that can take part, in order, as of the last `resolve`.
        settings: What operators say; `follow` has another word put in force.
    """

    def __init__(self, phases: Mapping[str, Phase], settings: ManagerSettings) -> None:
        self.plugins: dict[str, ActivePlugin] = {}
        self.records: dict[str, PluginRecord] = {}
        self.order: tuple[str, ...] = ()
        self.settings = settings
        self._phases = phases
        self._layers: frozenset[str] = frozenset()
        self._unimported: dict[str, Candidate] = {}

    def attach(self, layers: Iterable[str]) -> None:
        """Note the layers that a host fires."""
        self._layers |= frozenset(layers)
        for plugin in self.plugins.values():
            self._mark_inactive_hooks(plugin)

    def authenticates(self) -> bool:
        """Return whether an enforcing plugin implements a phase that fails closed, whatever became of it since."""
        out = (PluginState.DISABLED, PluginState.REFUSED)
        return any(
            "authenticate" in plugin.implementations and not plugin.audited and plugin.record.state not in out
            for plugin in self.plugins.values()
        )

    def in_order(self) -> list[ActivePlugin]:
        """Return the active plugins in order."""
        return [self.plugins[name] for name in self.order if self.plugins[name].record.state is PluginState.ACTIVE]

    def admit(self, loaded: Loaded) -> PluginRecord:
        """Take up a plugin that was discovered; whatever is wrong with it ends in its record."""
        candidate = loaded.candidate
        if loaded.state is PluginState.DISABLED:
            self._unimported[candidate.name] = candidate
        if loaded.state is not None:
            return self._set_aside(candidate, loaded.state, loaded.reason)
        name = candidate.name
        try:
            inspected = inspect_plugin(loaded.plugin, self._phases, host_version(), candidate.facts)
            if not candidate.is_entry_point:
                name = inspected.metadata.name
            self._check_capabilities(name, inspected)
            if name in self.records:
                raise DuplicatePluginError(
                    name, f"{candidate.source} offers a name that {self.records[name].source} has"
                )
        except RegistrationError as error:
            if name in self.plugins:
                name = candidate.reference
            return self._set_aside(candidate, PluginState.REFUSED, str(error), name)
        return self.add(name, inspected, candidate).record

    def _set_aside(
        self, candidate: Candidate, state: PluginState, reason: str, name: str | None = None
    ) -> PluginRecord:
        name = name or candidate.name
        record = PluginRecord(
            name, state, reason, candidate.facts.get("version"), candidate.distribution, candidate.source,
            failure_mode=self._failure_mode(name, None),
        )  # fmt: skip
        self.records[name] = record
        log = logger.info if state is PluginState.DISABLED else logger.warning
        log("plugin %s is %s: %s", name, state.value, reason)
        return record

    def add(self, name: str, inspected: Inspected, candidate: Candidate | None) -> ActivePlugin:
        """Take up a plugin that may be registered, with what the operator says of it."""
        metadata = inspected.metadata
        record = PluginRecord(
            name=name,
            version=metadata.version,
            distribution=candidate.distribution if candidate else None,
            source=candidate.source if candidate else "code",
            depends_on=metadata.depends_on,
            capabilities=metadata.capabilities,
            hooks=tuple(inspected.implementations),
            metadata=metadata,
            plugin=inspected.plugin,
        )
        self._heed(record)
        plugin = ActivePlugin(record, inspected)
        self.plugins[name], self.records[name] = plugin, record
        self._mark_inactive_hooks(plugin)
        return plugin

    def follow(self, settings: ManagerSettings) -> None:
        """Go by other settings: what operators say of each plugin, and whether it takes part. The order follows."""
        self.settings = settings
        for record in self.records.values():
            self._heed(record)
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
        told = override.enabled if override is not None else None
        if told is False or (told is None and not _enabled_by_default(record)):
            reason = "not enabled by default" if told is None else "disabled by the operator"
            enables = f"(plugins: {record.name}: {{enabled: true}} enables it)"
            record.leave_out(PluginState.DISABLED, f"{reason} {enables}")
        elif record.state is PluginState.DISABLED:
            record.state, record.reason = PluginState.ACTIVE, ""

    def wants(self, name: str) -> bool:
        """Return whether a plugin is to take part, as far as operators and its author have a say."""
        override, record = self.settings.plugins.get(name), self.records.get(name)
        if override is not None and override.enabled is not None:
            return override.enabled
        return record is None or _enabled_by_default(record)

    async def fetch(self, settings: ManagerSettings) -> None:
        """Import plugins that were disabled when they were found, and are not by these settings.

        What is wrong with one ends in its record. Until the settings are followed, it stays disabled.
        """
        for name, candidate in list(self._unimported.items()):
            override = settings.plugins.get(name)
            if override is not None and override.enabled is False:
                continue
            loaded = await asyncio.to_thread(load, [candidate], settings)
            del self._unimported[name], self.records[name]
            self.admit(loaded)

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
        for name in sorted(plugin.record.depends_on):
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
        hosted = self._layers | {"lifecycle"}
        unfired = [
            name for name, one in plugin.implementations.items() if self._layers and one.phase.layer not in hosted
        ]
        plugin.record.inactive_hooks = (*plugin.inspected.switched_off, *plugin.inspected.optional, *unfired)

    def resolve(self) -> None:
        """Bring the order, and the states that follow from it, up to date."""
        for plugin in self.plugins.values():
            if plugin.resolved_out:
                plugin.resolved_out = False
                plugin.record.state, plugin.record.reason = PluginState.ACTIVE, ""
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
        self._check_capabilities(name, inspected)
        if name in self.plugins:
            raise DuplicatePluginError(name, "a plugin of this name is registered: remove it first, or pass name=")
        return name, inspected


def _enabled_by_default(record: PluginRecord) -> bool:
    """Return whether a plugin takes part if no operator says anything; one made in code does."""
    return record.source == "code" or record.metadata is None or record.metadata.enabled_by_default
