"""The log lines of a harness: what plugins and the host log while it runs, at every level."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from routeiq_plugin_sdk.testing import LogLine

from routeiq.core.logging import Event

ROOT: Final = logging.getLogger("routeiq")


class LogCapture(logging.Handler):
    """Keeps `lines`, between `begin` and `end`. Other handlers see what they saw without it."""

    def __init__(self, is_own: Callable[[str], bool]) -> None:
        """Make one.

        Args:
            is_own: Whether a plugin is one of the harness's: others log in the same process.
        """
        super().__init__(logging.DEBUG)
        self.lines: list[LogLine] = []
        self._is_own = is_own
        self._level = logging.NOTSET

    def begin(self) -> None:
        """Listen."""
        self._level = ROOT.level
        ROOT.addHandler(self)
        ROOT.setLevel(logging.DEBUG)

    def end(self) -> None:
        """Listen no more; the last one that does puts the level back. Harmless when repeated."""
        listening = [handler for handler in ROOT.handlers if isinstance(handler, LogCapture)]
        if self not in listening:
            return
        ROOT.removeHandler(self)
        first, *others = listening
        if first is self and others:
            others[0]._level = self._level
        elif not others:
            ROOT.setLevel(self._level)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        exception = record.exc_info[1] if record.exc_info else None
        level = record.levelname.lower()
        if not isinstance(record.msg, Event):
            self.lines.append(LogLine(level, record.getMessage(), exception=exception))
            return
        fields = dict(record.msg.fields)
        plugin = fields.pop("plugin", None)
        if plugin is not None and self._is_own(plugin):
            self.lines.append(LogLine(level, record.msg.event, fields, plugin, exception))
