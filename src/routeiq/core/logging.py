"""Structured logs: what runs now, known to every record, and one form for ours and the standard library's.

The framework logs with `logging.getLogger("routeiq...")`, plugins through structlog to `routeiq.plugin.<name>`, so that
an application that embeds RouteIQ decides what becomes of records. Only the command line calls `configure_logging`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any, TextIO

import structlog


class Activity:
    """What runs now: one for each request, written by the plans.

    Attributes:
        request_id: The request's id.
        plugin: The plugin that runs now or ran last.
    """

    __slots__ = ("plugin", "request_id")

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self.plugin: str | None = None


current_activity: ContextVar[Activity | None] = ContextVar("routeiq_activity", default=None)


def _add_activity(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    activity = current_activity.get()
    if activity is not None:
        event.setdefault("request_id", activity.request_id)
    return event


_SHARED: list[Any] = [
    _add_activity,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]




def plugin_logger(name: str) -> Any:
    """Return the structured logger of a plugin; its name and the request's id are bound."""
    return structlog.wrap_logger(
        logging.getLogger(f"routeiq.plugin.{name}"),
        processors=[structlog.stdlib.filter_by_level, *_SHARED, _as_record],
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    ).bind(plugin=name)


def _as_record(logger: Any, method: str, event: MutableMapping[str, Any]) -> tuple[tuple[str], dict[str, Any]]:
    """Return the arguments of the standard library's call: a readable text, and the fields beside it."""
    exc_info = event.pop("exc_info", None)
    text = str(event.get("event", ""))
    shown = " ".join(f"{key}={value!r}" for key, value in event.items() if key not in ("event", "level", "timestamp"))
    return (f"{text} {shown}".strip(),), {"extra": {"routeiq_event": dict(event)}, "exc_info": exc_info}


def configure_logging(level: str = "info", json: bool | None = None, stream: TextIO | None = None) -> None:
    """Send every record to one stream, in one form. For programs, not for libraries.

    Args:
        level: The lowest level that is shown.
        json: One JSON object a line; None: that, unless the stream is a terminal.
        stream: None stands for standard error.
    """
    stream = sys.stderr if stream is None else stream
    as_json = not stream.isatty() if json is None else json
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=stream.isatty())
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_from_record, *_SHARED, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([structlog.processors.format_exc_info] if as_json else []),
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


def _from_record(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take up the fields that a plugin's logger sent along."""
    record = event.get("_record")
    fields = getattr(record, "routeiq_event", None)
    if fields is not None:
        event.update(fields)
    return event
