"""What can be seen of the plugins in a harness, in both of its forms: nothing of it has to be awaited."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from ..context import PluginContext
from ..events import Event
from .host import HarnessHost
from .observations import HookCall, LogLine, PluginStatus


class Seen(ABC):
    """The part of a harness that tells what happened; it still does when the plugins are stopped."""

    @property
    @abstractmethod
    def _seen(self) -> HarnessHost:
        """The host of the latest start. Raises HarnessError if there was none."""

    @property
    def calls(self) -> Sequence[HookCall]:
        """Every call of a hook so far, life-cycle hooks included."""
        return self._seen.calls

    def called(self, plugin: str | None = None) -> list[str]:
        """Return the names of the hooks that were called, in order: of the plugin under test, or of another one."""
        name = plugin or next(iter(self.status))
        return [call.hook for call in self.calls if call.plugin == name]

    @property
    def events(self) -> Sequence[Event]:
        """Every event so far: plugins', and the host's, such as `plugin.error` for a hook that failed."""
        return self._seen.events

    @property
    def logs(self) -> Sequence[LogLine]:
        """What plugins and the host have logged so far, at every level."""
        return self._seen.logs

    @property
    def status(self) -> Mapping[str, PluginStatus]:
        """What became of each plugin, by name, that under test first: `active`, `quarantined` ..."""
        return self._seen.status

    @property
    def context(self) -> PluginContext:
        """The latest context of the plugin under test: its storage, its shared state."""
        return self.context_of(None)

    def context_of(self, plugin: str | None) -> PluginContext:
        """Return the latest context of a plugin. Raises HarnessError if there is none of that name."""
        return self._seen.context(plugin)

    def metric(self, name: str, /, *, plugin: str | None = None, **labels: str) -> float | None:
        """Return the value of an instrument, or None if it has none with these labels.

        Args:
            name: As the plugin made it; of a histogram with `_count` or `_sum` behind it.
            plugin: Whose it is; None: the plugin under test's.
            **labels: All of its labels.
        """
        return self._seen.metric(name, plugin, labels)

    @property
    def manager(self) -> Any:
        """The host's `PluginManager`, for what the harness has no word for; its interface is the host's."""
        return self._seen.manager
