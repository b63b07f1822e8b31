"""What operators want of a manager's plugins, as one value: it holds whole, or the one before does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .config_files import ConfigFiles
from .settings import PluginOverride


@dataclass(frozen=True, slots=True)
class Desired:
    """What operators want of a manager's plugins.

    Attributes:
        overrides: Their word on single plugins.
        overlays: What they set at run time of configurations, by plugin.
        files: A reading of the configuration files.
    """

    overrides: Mapping[str, PluginOverride]
    overlays: Mapping[str, Mapping[str, Any]]
    files: ConfigFiles

    def with_overlay(self, plugin: str, overlay: Mapping[str, Any]) -> Desired:
        """Return the same with another overlay for one plugin."""
        return replace(self, overlays={**self.overlays, plugin: overlay})

    def with_files(self, plugins: Iterable[str]) -> Desired:
        """Return the same with the files of some plugins read anew."""
        return replace(self, files=self.files.read(plugins))

    def only(self, plugin: str, after: Desired) -> Desired:
        """Return the same with what another one wants of a single plugin."""
        overrides = {name: one for name, one in self.overrides.items() if name != plugin}
        if plugin in after.overrides:
            overrides[plugin] = after.overrides[plugin]
        files = self.files.with_contents({plugin: after.files.content(plugin)})
        return replace(self.with_overlay(plugin, after.overlays.get(plugin, {})), overrides=overrides, files=files)
