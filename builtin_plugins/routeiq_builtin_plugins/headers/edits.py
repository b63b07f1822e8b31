"""The changes of a configuration, made ready to be applied to the headers of each message."""

from __future__ import annotations

from routeiq_plugin_sdk import Headers, PluginRequest

from .config import Changes, Config
from .placeholders import Template


class Edit:
    """What is done to the headers of one kind of message."""

    __slots__ = ("_added", "_removed", "_set")

    def __init__(self, changes: Changes) -> None:
        self._removed = changes.remove
        self._set = [(name, Template(value)) for name, value in changes.set.items()]
        self._added = [(name, Template(value)) for name, value in changes.add.items()]

    def __bool__(self) -> bool:
        return bool(self._removed or self._set or self._added)

    def apply(self, headers: Headers, request: PluginRequest) -> Headers:
        """Return the headers as they shall be."""
        if self._removed:
            headers = headers.without(*self._removed)
        if self._set:
            headers = headers.with_headers([(name, value.fill(request)) for name, value in self._set])
        if self._added:
            headers = headers.with_added([(name, value.fill(request)) for name, value in self._added])
        return headers


class Edits:
    """The edits of a configuration: `request` and `response`."""

    __slots__ = ("config", "request", "response")

    def __init__(self, config: Config) -> None:
        self.config = config
        self.request = Edit(config.request)
        self.response = Edit(config.response)
