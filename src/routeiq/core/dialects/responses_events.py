"""The events of the Responses API that carry content, and where in the output that content is."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any, Final, NamedTuple

from routeiq_plugin_sdk import StreamChunk, ToolCall

from .responses_input import CALLS

# Where a text is: in `content` or `summary` of an item, or its arguments (`call`); which item; which part of it.
Key = tuple[str, int, int]


class Delta(NamedTuple):
    """An event type that carries a piece of content: the chunk's kind, and where the content is."""

    kind: str
    place: str
    position: str | None


class Done(NamedTuple):
    """An event type that repeats a whole content: the same, and the field that holds it."""

    kind: str
    place: str
    position: str | None
    field: str


DELTAS: Final = {
    "response.output_text.delta": Delta("text", "content", "content_index"),
    "response.refusal.delta": Delta("refusal", "content", "content_index"),
    "response.reasoning_text.delta": Delta("reasoning", "content", "content_index"),
    "response.reasoning_summary_text.delta": Delta("reasoning", "summary", "summary_index"),
    "response.function_call_arguments.delta": Delta("tool_call", "call", None),
    "response.custom_tool_call_input.delta": Delta("tool_call", "call", None),
}
DONES: Final = {
    "response.output_text.done": Done("text", "content", "content_index", "text"),
    "response.refusal.done": Done("refusal", "content", "content_index", "refusal"),
    "response.reasoning_text.done": Done("reasoning", "content", "content_index", "text"),
    "response.reasoning_summary_text.done": Done("reasoning", "summary", "summary_index", "text"),
    "response.function_call_arguments.done": Done("tool_call", "call", None, "arguments"),
    "response.custom_tool_call_input.done": Done("tool_call", "call", None, "input"),
}
PARTS_DONE: Final = {
    "response.content_part.done": ("content", "content_index"),
    "response.reasoning_summary_part.done": ("summary", "summary_index"),
}
ITEM_ADDED: Final = "response.output_item.added"
ITEM_DONE: Final = "response.output_item.done"
FINAL: Final = frozenset({"response.completed", "response.incomplete", "response.failed"})
_PART_KINDS: Final = {
    "output_text": ("text", "text"),
    "refusal": ("refusal", "refusal"),
    "reasoning_text": ("reasoning", "text"),
    "summary_text": ("reasoning", "text"),
}


def number(data: Mapping[str, Any], name: str | None) -> int:
    """Return an index in an event, 0 where it has none."""
    value = data.get(name) if name is not None else 0
    return value if type(value) is int else 0


def key_of(data: Mapping[str, Any], event: Delta | Done) -> Key:
    """Return where an event's content is."""
    return event.place, number(data, "output_index"), number(data, event.position)


def text_field(part: object) -> tuple[str, str] | None:
    """Return a part's kind of chunk and the field of its text; None for other parts."""
    kind = part.get("type") if isinstance(part, dict) else None
    return _PART_KINDS.get(kind) if isinstance(kind, str) else None


def item_calls(item: object) -> str | None:
    """Return the field of a tool call's arguments; None for other items."""
    kind = item.get("type") if isinstance(item, dict) else None
    return CALLS.get(kind) if isinstance(kind, str) else None


def read_call(item: Mapping[str, Any], index: int, field: str) -> ToolCall:
    """Return the tool call that an item is."""
    call_id, name, arguments = item.get("call_id") or item.get("id"), item.get("name"), item.get(field)
    return ToolCall(
        index,
        call_id if isinstance(call_id, str) else None,
        name if isinstance(name, str) else None,
        arguments if isinstance(arguments, str) else "",
    )


def unseen(
    output_index: int, item: object, seen: Container[Key], calls: Mapping[int, int]
) -> Iterator[tuple[Key, StreamChunk]]:
    """Yield what an item holds that no earlier event told: some servers send whole items without deltas.

    Args:
        calls: Which of the tool calls each output index is, as far as they were told of.
    """
    field = item_calls(item)
    if field is not None and isinstance(item, dict):
        key: Key = ("call", output_index, 0)
        call = read_call(item, calls.get(output_index, len(calls)), field)
        if key not in seen and (call.arguments or output_index not in calls):
            yield key, StreamChunk("tool_call", tool_call=call)
        return
    for place in ("content", "summary"):
        parts = item.get(place) if isinstance(item, dict) else None
        for position, part in enumerate(parts if isinstance(parts, list) else ()):
            read, key = text_field(part), (place, output_index, position)
            if read is not None and key not in seen and isinstance(part.get(read[1]), str) and part[read[1]]:
                yield key, StreamChunk(read[0], part[read[1]])  # type: ignore[arg-type]
