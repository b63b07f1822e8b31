"""Names of events: which the host's are, which a plugin may use for its own, and what patterns fit which names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from .problems import nearest

REQUEST_RECEIVED: Final = "request.received"
RESPONSE_SENT: Final = "response.sent"
CALL_STARTED: Final = "llm.call.started"
CALL_COMPLETED: Final = "llm.call.completed"
CALL_FAILED: Final = "llm.call.failed"
TOOL_STARTED: Final = "tool.call.started"
TOOL_COMPLETED: Final = "tool.call.completed"
TOOL_FAILED: Final = "tool.call.failed"
AGENT_STARTED: Final = "agent.call.started"
AGENT_COMPLETED: Final = "agent.call.completed"
AGENT_FAILED: Final = "agent.call.failed"
PLUGIN_ERROR: Final = "plugin.error"
PLUGIN_QUARANTINED: Final = "plugin.quarantined"
CONFIG_CHANGED: Final = "config.changed"
HEALTH_DEGRADED: Final = "health.degraded"
EVALUATION_COMPLETED: Final = "evaluation.completed"

_REQUEST: Final = ("method", "path")
_CALL: Final = ("call_id", "api", "model", "stream", "origin")
_ENDED_CALL: Final = (
    *_CALL, "deployment", "provider", "upstream_model", "attempts", "duration", "time_to_first_token", "aborted",
)  # fmt: skip

_TOOL: Final = ("call_id", "server", "tool", "stream")
_AGENT: Final = ("call_id", "agent", "method", "stream")
_ENDED_REMOTE: Final = ("duration", "aborted")
_FAILED_REMOTE: Final = (*_ENDED_REMOTE, "error", "status_code", "code", "plugin")

HOST_EVENTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        REQUEST_RECEIVED: _REQUEST,
        RESPONSE_SENT: (*_REQUEST, "status", "duration", "aborted", "principal", "short_circuited_by"),
        CALL_STARTED: _CALL,
        CALL_COMPLETED: (*_ENDED_CALL, "answered_by", "finish_reason", "usage", "cost"),
        CALL_FAILED: (*_ENDED_CALL, "error", "status_code", "code", "plugin"),
        TOOL_STARTED: _TOOL,
        TOOL_COMPLETED: (*_TOOL, *_ENDED_REMOTE, "is_error"),
        TOOL_FAILED: (*_TOOL, *_FAILED_REMOTE),
        AGENT_STARTED: _AGENT,
        AGENT_COMPLETED: (*_AGENT, *_ENDED_REMOTE),
        AGENT_FAILED: (*_AGENT, *_FAILED_REMOTE),
        PLUGIN_ERROR: ("plugin", "hook", "error", "message", "count"),
        PLUGIN_QUARANTINED: ("plugin", "quarantined", "reason", "cooldown"),
        CONFIG_CHANGED: ("plugin", "fields", "overrides"),
        HEALTH_DEGRADED: ("status", "previous", "plugins"),
        EVALUATION_COMPLETED: (
            "evaluator",
            "kind",
            "call_id",
            "target",
            "name",
            "error",
            "call_duration",
            "score",
            "status",
            "feedback",
            "duration",
            "metadata",
        ),
    }
)
"""The events that the host emits, with the fields of their data."""

RESERVED: Final = frozenset(
    {"agent", "config", "evaluation", "health", "llm", "plugin", "request", "response", "routeiq", "tool"}
)
"""First words of names that are the host's, those of events to come included."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*")
_LONGEST: Final = 100


def check_own(plugin: str, name: str) -> None:
    """Raise ValueError if a plugin may not emit an event of this name."""
    if not isinstance(name, str) or len(name) > _LONGEST or not _NAME.fullmatch(name):
        raise ValueError(
            f"plugin {plugin!r}: {name!r} is no name of an event: use at most {_LONGEST} small letters, digits, '-' and"
            f" '_', in words joined by dots, such as {_example(plugin)!r}"
        )
    word = name.partition(".")[0]
    if word in RESERVED:
        raise ValueError(
            f"plugin {plugin!r} cannot emit {name!r}: names that begin with {word!r} are the host's. Use another first"
            f" word, such as the plugin's name: {_example(plugin)!r}"
        )


def check_pattern(pattern: str) -> None:
    """Raise ValueError if nothing can ever fit the pattern, or it has a form that does not exist."""
    if pattern == "*":
        return
    stem = pattern.removesuffix(".*") if isinstance(pattern, str) else ""
    if not _NAME.fullmatch(stem):
        raise ValueError(
            f"{pattern!r} is no pattern of events: use a name such as 'llm.call.failed', the beginning of names such as"
            " 'llm.*', or '*' for all"
        )
    if stem.partition(".")[0] in RESERVED and not any(fits(pattern, name) for name in HOST_EVENTS):
        hint = nearest(pattern, HOST_EVENTS) or f": it has {', '.join(HOST_EVENTS)}"
        raise ValueError(f"the host has no event {pattern!r}{hint}")


def fits(pattern: str, name: str) -> bool:
    """Return whether a pattern, of a form that exists, fits a name."""
    return pattern in ("*", name) or (pattern.endswith(".*") and name.startswith(pattern[:-1]))


def _example(plugin: str) -> str:
    word = plugin.partition("#")[0]
    return f"{f'my-{word}' if word in RESERVED else word}.happened"
