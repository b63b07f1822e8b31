"""What a harness tells of the plugins that ran in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class HookCall:
    """One call of a hook, in the order in which they began.

    Attributes:
        plugin: Whose hook it is.
        hook: Its name.
        arguments: What it was handed, by name; those that it takes, and no others.
        result: What it returned; None while it runs, and for a wrapper.
        exception: What it raised, a `Reject` too, or None.
        held: The longest time for which it kept the event loop from doing anything else, in seconds: what it awaits is
            not in it. 0 while it runs, for wrappers, and for hooks that run in a thread of their own.
    """

    plugin: str
    hook: str
    arguments: Mapping[str, Any] = field(repr=False)
    result: Any = None
    exception: BaseException | None = None
    held: float = 0.0


@dataclass(frozen=True, slots=True)
class LogLine:
    """One record of a log: a plugin's own, or one of the host's.

    Attributes:
        level: In small letters: `info`, `warning` ...
        event: What was logged.
        fields: What a plugin logged along with it.
        plugin: The plugin that logged it; None for the host.
        exception: The exception that was logged with it, or None.
    """

    level: str
    event: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    plugin: str | None = None
    exception: BaseException | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PluginStatus:
    """What became of a plugin.

    Attributes:
        name: The plugin's, or that of its instance.
        state: `active`, `disabled`, `refused`, `failed` or `quarantined`.
        reason: Why it is not active; empty if it is.
        hooks: The hooks that it implements.
        inactive_hooks: Those of them that are never called, by its metadata or its scope, or since no host fires them.
    """

    name: str
    state: str
    reason: str = ""
    hooks: tuple[str, ...] = ()
    inactive_hooks: tuple[str, ...] = ()
