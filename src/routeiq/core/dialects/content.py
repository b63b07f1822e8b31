"""The text of chat messages, whose content is a string, a list of parts, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def content_text(content: object) -> str:
    """Return the text of a message's content; parts that are no text are left out."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list | tuple):
        return ""
    return "".join(part_text(part) for part in content)


def part_text(part: object) -> str:
    """Return the text of one part, whichever API it is of."""
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        return ""
    text = part.get("text")
    return text if isinstance(text, str) else ""


def message_text(message: Mapping[str, Any]) -> str:
    """Return all that a model reads of a message as text: its content, and the arguments of tool calls."""
    calls = message.get("tool_calls")
    if not isinstance(calls, list | tuple):
        return content_text(message.get("content"))
    return content_text(message.get("content")) + "".join(_call_text(call) for call in calls)


def _call_text(call: object) -> str:
    function = call.get("function") or call.get("custom") if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping):
        return ""
    return "".join(str(function.get(name) or "") for name in ("name", "arguments", "input"))
