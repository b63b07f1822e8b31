"""What the host knows of a plugin: its record, whatever became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from routeiq_plugin_sdk import FailureMode, PluginCapability, PluginMetadata

from .errors import RouteIQError
from .instances import instance_part, plugin_of
from .when import When

CODE: Final = "code"
"""The source of a plugin that was not found, but registered by a program."""


class PluginState(StrEnum):
    """What became of a plugin."""

    ACTIVE = "active"
    DISABLED = "disabled"
    REFUSED = "refused"
    FAILED = "failed"
    QUARANTINED = "quarantined"


class PluginMode(StrEnum):
    """Whether a plugin's decisions and changes are applied, or only recorded."""

    ENFORCE = "enforce"
    AUDIT = "audit"


@dataclass(slots=True, eq=False)
class PluginRecord:
    """One plugin, found or handed over in code. The manager writes it; everybody else reads.

    Attributes:
        state: `refused` where a rule or a mistake keeps it out, `failed` where it broke at its import or start.
        reason: Why it is not active, a sentence for people; empty for an active one.
        distribution: Name and version of the distribution that it came with, or None for one made in code.
        source: Where it was found: the entry point, the module path, or `CODE`.
        error: The reason as an exception for programs, where the order is the reason (`DependencyCycleError.members`).
        hooks: The phases that it implements.
        inactive_hooks: Those of them that no host of this manager fires, that its metadata switched off, or that fire
            before it is known whether its scope holds.
        unused_hooks: Those that have nothing to do under its configuration.
        when: The requests and calls that it is narrowed to, or None.
        condition_failures: How often the condition in that failed, so that it counted as one that holds.
        config_sources: For each configuration field where its value came from.
    """

    name: str
    state: PluginState = PluginState.ACTIVE
    reason: str = ""
    version: str | None = None
    distribution: str | None = None
    source: str = CODE
    priority: int = 1000
    depends_on: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    capabilities: frozenset[PluginCapability] = frozenset()
    hooks: tuple[str, ...] = ()
    inactive_hooks: tuple[str, ...] = ()
    unused_hooks: tuple[str, ...] = ()
    when: When | None = None
    mode: PluginMode = PluginMode.ENFORCE
    failure_mode: FailureMode = FailureMode.CONTINUE
    metadata: PluginMetadata | None = None
    plugin: Any = field(default=None, repr=False)
    error: RouteIQError | None = field(default=None, repr=False)
    condition_failures: int = 0
    config_sources: dict[str, str] = field(default_factory=dict)

    @property
    def instance_of(self) -> str | None:
        """The plugin whose named instance it is, or None for a plugin under its own name."""
        return plugin_of(self.name) if instance_part(self.name) else None

    @property
    def usable(self) -> bool:
        """Whether it takes part, or will once its quarantine ends."""
        return self.state in (PluginState.ACTIVE, PluginState.QUARANTINED)

    def leave_out(self, state: PluginState, reason: str) -> None:
        """Set the plugin aside, with the reason that operators are shown."""
        self.state, self.reason = state, reason

    def to_dict(self) -> dict[str, Any]:
        """Return the record as `routeiq plugin list --json` prints it."""
        return {
            "name": self.name,
            "instance_of": self.instance_of,
            "version": self.version,
            "distribution": self.distribution,
            "source": self.source,
            "state": self.state.value,
            "reason": self.reason,
            "priority": self.priority,
            "depends_on": sorted(self.depends_on),
            "before": sorted(self.before),
            "after": sorted(self.after),
            "capabilities": sorted(capability.value for capability in self.capabilities),
            "hooks": list(self.hooks),
            "inactive_hooks": list(dict.fromkeys((*self.inactive_hooks, *self.unused_hooks))),
            "when": None if self.when is None else self.when.told(),
            "condition_failures": self.condition_failures,
            "mode": self.mode.value,
            "failure_mode": self.failure_mode.value,
        }
