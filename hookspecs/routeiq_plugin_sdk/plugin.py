"""`GatewayPlugin`: the optional base of plugins that are classes."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel

from .context import PluginContext
from .metadata import PluginMetadata


class GatewayPlugin:
    """A plugin as a class: hooks are methods marked with `@hookimpl`.

    A class that an entry point names is instantiated without arguments. `context` and `config` are filled in by the
    host before `startup`, and replaced when the configuration changes; inside a request's hooks take `context` as an
    argument instead, which is the snapshot that belongs to the request.
    """

    metadata: ClassVar[PluginMetadata]
    _context: PluginContext | None = None

    @classmethod
    def config_schema(cls) -> type[BaseModel] | None:
        """Return the model of the plugin's configuration, by default the one that the metadata names."""
        return cls.metadata.config_schema

    @property
    def context(self) -> PluginContext:
        """The latest context. Raises RuntimeError before the plugin is started."""
        if self._context is None:
            raise RuntimeError(f"{type(self).__name__}.context is there from startup() on, not before")
        return self._context

    @property
    def config(self) -> Any:
        """The latest configuration. Raises RuntimeError before the plugin is started."""
        return self.context.config
