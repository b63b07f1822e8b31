"""Logs: what runs now, known to every record of a plugin, and one form for them and the standard library's.

A record that is made while a request runs has its id, and those of its trace where a tracer keeps one.

The framework logs by `logging.getLogger("routeiq...")`, plugins by loggers that write to `routeiq.plugin.<name>` of the
standard library (a named instance to `routeiq.plugin.<plugin>.<instance>`): an application that embeds RouteIQ decides
what becomes of the records. Only the command line calls `configure_logging`; without it a record's message has the
fields behind the event, `cache hit key=7 plugin=cache`.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, TextIO

if TYPE_CHECKING:
    from routeiq_plugin_sdk import PluginRequest

    from .plans import Plans
    from .telemetry import Trace

LEVELS: Final = ("debug", "info", "warning", "error", "critical")

# Control characters, so that what clients send can neither forge a line nor move a terminal's cursor.
_ESCAPES = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {9: "\\t", 10: "\\n", 13: "\\r"}


class Activity:
    """What runs now: one for each request, written by the plans.

    Attributes:
        request_id: The request's id.
        plugin: The plugin that runs now or ran last.
        request: The HTTP request, or None outside HTTP.
        plans: What is called for the request, of one generation to its end; None where none was settled for it.
        trace: Told of each hook; None, as it is without a tracer: then hooks are only counted.
        answering: Whether an answer is under way, for whose end something may wait.
        waiting: What waits for that; None: nothing.
        outer: The activity within which this one runs, whose answer holds this one's; None: none does.
    """

    __slots__ = ("answering", "outer", "plans", "plugin", "request", "request_id", "trace", "waiting")

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self.plugin: str | None = None
        self.request: PluginRequest | None = None
        self.plans: Plans | None = None
        self.trace: Trace | None = None
        self.answering = False
        self.outer: Activity | None = None
        self.waiting: list[Callable[[], None]] | None = None

    def afterwards(self, function: Callable[[], None]) -> None:
        """Have a function called once the answer has left; at once, where none is under way."""
        if self.outer is not None:
            self.outer.afterwards(function)
        elif not self.answering:
            function()
        elif self.waiting is None:
            self.waiting = [function]
        else:
            self.waiting.append(function)

    def answered(self) -> None:
        """Call what waited for the answer to leave."""
        self.answering = False
        waiting, self.waiting = self.waiting, None
        for function in waiting or ():
            function()


current_activity: ContextVar[Activity | None] = ContextVar("routeiq_activity", default=None)


def plugin_logger(name: str) -> PluginLogger:
    """Return the structured logger of a plugin."""
    return PluginLogger(name)


class PluginLogger:
    """The SDK's `Logger`: one plugin's, with its name and the ids of request and trace in each record.

    A record that nobody wants costs a look at its level.
    """

    __slots__ = ("_logger", "_plugin")

    def __init__(self, plugin: str) -> None:
        self._plugin = plugin
        self._logger = logging.getLogger(f"routeiq.plugin.{plugin.replace('#', '.')}")

    def debug(self, event: str, **fields: Any) -> None:
        if self._logger.isEnabledFor(logging.DEBUG):
            self._log(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: Any) -> None:
        if self._logger.isEnabledFor(logging.INFO):
            self._log(logging.INFO, event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        if self._logger.isEnabledFor(logging.WARNING):
            self._log(logging.WARNING, event, fields)

    def error(self, event: str, **fields: Any) -> None:
        if self._logger.isEnabledFor(logging.ERROR):
            self._log(logging.ERROR, event, fields)

    def exception(self, event: str, **fields: Any) -> None:
        """Log at level error, with the traceback of the exception that is being handled."""
        if self._logger.isEnabledFor(logging.ERROR):
            self._log(logging.ERROR, event, {"exc_info": True, **fields})

    def _log(self, level: int, event: str, fields: dict[str, Any]) -> None:
        exc_info = fields.pop("exc_info", None)
        fields["plugin"] = self._plugin  # last: a plugin cannot speak for another one
        fields.update(_whereabouts())
        self._logger.log(level, Event(event, fields), exc_info=exc_info, stacklevel=3)


class Event:
    """The message of a plugin's record; as text it is the event with its fields behind it."""

    __slots__ = ("event", "fields")

    def __init__(self, event: str, fields: Mapping[str, Any]) -> None:
        self.event = event
        self.fields = fields

    def __str__(self) -> str:
        return " ".join([_one_line(self.event), *(f"{name}={_shown(value)}" for name, value in self.fields.items())])


def configure_logging(level: str = "info", json: bool | None = None, stream: TextIO | None = None) -> None:
    """Send every record of this process to one stream, each once. For programs, not for libraries.

    Handlers that the root logger and uvicorn's loggers had are taken away. Called again, it replaces what it did.

    Args:
        level: The lowest level that is shown, one of `LEVELS`.
        json: One JSON object a line, else text; None: JSON, unless the stream is a terminal.
        stream: None stands for standard error.

    Raises:
        ValueError: if there is no such level.
    """
    if level.lower() not in LEVELS:
        raise ValueError(f"there is no log level {level!r}: it is one of {', '.join(LEVELS)}")
    stream = sys.stderr if stream is None else stream
    terminal = stream.isatty()
    as_json = not terminal if json is None else json
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JSONFormatter() if as_json else TextFormatter(colors=terminal))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)


class JSONFormatter(logging.Formatter):
    """Formats a record as one JSON object: timestamp (UTC), level, logger, event, its fields, and a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        entry = _entry(record)
        traceback = _traceback(self, record)
        if traceback:
            entry["exception"] = traceback
        try:
            return json.dumps(entry, default=repr)
        except (TypeError, ValueError, RecursionError):  # keys that are no text, cycles
            return json.dumps({name: str(value) for name, value in entry.items()})


class TextFormatter(logging.Formatter):
    """Formats a record as a line for people, by structlog's console renderer."""

    def __init__(self, colors: bool) -> None:
        super().__init__()
        import structlog  # here, since it costs more than all the rest of a start that logs JSON

        # Its default would show local variables, in which secrets are.
        plain = structlog.dev.plain_traceback
        self._render = structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)

    def format(self, record: logging.LogRecord) -> str:
        entry = _entry(record)
        entry = {name: _one_line(value) if isinstance(value, str) else value for name, value in entry.items()}
        traceback = _traceback(self, record)
        if traceback:
            entry["exception"] = traceback
        return self._render(None, record.levelname.lower(), entry)


def _entry(record: logging.LogRecord) -> dict[str, Any]:
    moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
    entry: dict[str, Any] = {
        "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
    }
    if isinstance(record.msg, Event):
        # A field that is named like one of ours keeps its value under another name.
        fields = {f"{name}_" if name in entry else name: value for name, value in record.msg.fields.items()}
        return {**entry, "event": record.msg.event, **fields}
    return {**entry, **_whereabouts(), "event": record.getMessage()}


def _whereabouts() -> dict[str, str]:
    """Return what leads from a record to its request, and to its trace where one is kept (`trace_id`, `span_id`)."""
    activity = current_activity.get()
    if activity is None:
        return {}
    exemplar = None if activity.trace is None else activity.trace.exemplar
    return {"request_id": activity.request_id, **(exemplar or {})}


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    parts = []
    if record.exc_info and record.exc_info[0] is not None:
        parts.append(formatter.formatException(record.exc_info))
    elif record.exc_text:
        parts.append(record.exc_text)
    if record.stack_info:
        parts.append(formatter.formatStack(record.stack_info))
    return "\n".join(parts)


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return repr(text) if not text or any(character in text for character in " =\"'\\") else _one_line(text)


def _one_line(text: str) -> str:
    return str(text).translate(_ESCAPES)
