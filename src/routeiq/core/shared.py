"""State of this process that outlives a request: a namespace for each plugin, readable by all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from routeiq_plugin_sdk import Shared


class SharedState:
    """All namespaces; a manager owns one."""

    def __init__(self) -> None:
        self._namespaces: dict[str, dict[str, Any]] = {}

    def namespace(self, plugin: str) -> dict[str, Any]:
        """Return the plugin's own namespace, made on first use."""
        return self._namespaces.setdefault(plugin, {})

    def view(self, plugin: str) -> Mapping[str, Any]:
        """Return a live, read-only view of a plugin's namespace; empty while it has none."""
        return MappingProxyType(self.namespace(plugin))


class PluginShared(Shared):
    """What a plugin gets: its own namespace to write, all others to read."""

    __slots__ = ("_own", "_state")

    def __init__(self, state: SharedState, plugin: str) -> None:
        self._state = state
        self._own = state.namespace(plugin)

    def of(self, plugin: str) -> Mapping[str, Any]:
        """Return a live, read-only view of another plugin's namespace."""
        return self._state.view(plugin)

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
