"""State of the process that outlives a request: one namespace for each plugin, which all others can read.

Nothing is copied or locked: what a plugin puts in is the object that the others see, and plugins on one event loop are
not interrupted between two awaits. Each worker process has its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from routeiq_plugin_sdk import Shared


class SharedState:
    """The namespaces of a manager's plugins; they live as long as the manager."""

    def __init__(self) -> None:
        self._namespaces: dict[str, dict[str, Any]] = {}

    def namespace(self, plugin: str) -> dict[str, Any]:
        """Return a plugin's namespace, made at the first time it is asked for."""
        return self._namespaces.setdefault(plugin, {})


class PluginShared(Shared):
    """One plugin's view: its own namespace to write, the others' to read."""

    __slots__ = ("_own", "_plugin", "_state")

    def __init__(self, plugin: str, state: SharedState) -> None:
        self._plugin = plugin
        self._state = state
        self._own = state.namespace(plugin)

    def of(self, plugin: str) -> Mapping[str, Any]:
        """Return a live, read-only view of a plugin's namespace; what is written later shows in it."""
        return MappingProxyType(self._state.namespace(plugin))

    def __getitem__(self, key: str) -> Any:
        return self._own[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._own[key] = value

    def __delitem__(self, key: str) -> None:
        del self._own[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)

    def __repr__(self) -> str:
        return f"<PluginShared {self._plugin} {sorted(self._own)}>"
