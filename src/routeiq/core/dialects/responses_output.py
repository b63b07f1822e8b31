"""What an answer of the Responses API is made of: its items, the events that tell them, and the object around them.

The events of a stream and the items of a whole answer come from one place, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from routeiq_plugin_sdk import StreamChunk, ToolCall, Usage

from .dialect import AnswerIdentity
from .responses_input import CALLS
from .usage import responses_usage

Event = dict[str, Any]
_REPEATED: Final[Mapping[str, Any]] = {
    "instructions": None, "max_output_tokens": None, "max_tool_calls": None, "metadata": {},
    "parallel_tool_calls": True, "previous_response_id": None, "prompt_cache_key": None,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None, "service_tier": None, "temperature": 1.0, "text": {"format": {"type": "text"}},
    "tool_choice": "auto", "tools": [], "top_p": 1.0, "truncation": "disabled", "user": None,
}  # fmt: skip
# The kind of a part: its type, the field of its text, and the name in the events that tell it.
PARTS: Final = {
    "text": ("output_text", "text", "response.output_text"),
    "refusal": ("refusal", "refusal", "response.refusal"),
    "reasoning": ("reasoning_text", "text", "response.reasoning_text"),
}


def response_object(
    identity: AnswerIdentity, status: str, output: list[dict[str, Any]], usage: Usage | None, **changes: Any
) -> dict[str, Any]:
    """Return a response object; what the request said is repeated in it, as the API does."""
    request = identity.request
    repeated = {name: usual if request.get(name) is None else request[name] for name, usual in _REPEATED.items()}
    return {
        "id": identity.id,
        "object": "response",
        "created_at": identity.created,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": None,
        "model": identity.model,
        "output": output,
        "store": False,
        "usage": None if usage is None else responses_usage(usage),
        **repeated,
        **changes,
    }


def ending(finish_reason: str | None) -> tuple[str, dict[str, str] | None]:
    """Return status and `incomplete_details` for a finish reason of chat completions."""
    if finish_reason == "length":
        return "incomplete", {"reason": "max_output_tokens"}
    if finish_reason == "content_filter":
        return "incomplete", {"reason": "content_filter"}
    return "completed", None


def finish_reason_of(response: Mapping[str, Any], *, has_calls: bool) -> str:
    """Return the finish reason of chat completions for a response object."""
    details = response.get("incomplete_details")
    if response.get("status") == "incomplete" or isinstance(details, dict):
        reason = details.get("reason") if isinstance(details, dict) else None
        return "content_filter" if reason == "content_filter" else "length"
    return "tool_calls" if has_calls else "stop"


def failed_events(response: Mapping[str, Any], status: int, message: str, code: str | None) -> tuple[Event, Event]:
    """Return the two events that end a stream that failed: the error, and the failed response."""
    kind = "rate_limit_exceeded" if status == 429 else "invalid_prompt" if 400 <= status < 500 else "server_error"
    error = {"type": "error", "code": code, "message": message, "param": None}
    failed = {**response, "status": "failed", "error": {"code": kind, "message": message}}
    return error, {"type": "response.failed", "response": failed}


@dataclass(slots=True)
class _Part:
    kind: str
    pieces: list[str] = field(default_factory=list)
    annotations: list[Any] = field(default_factory=list)

    def content(self, text: str) -> dict[str, Any]:
        type_, name, _ = PARTS[self.kind]
        extra = {"annotations": self.annotations, "logprobs": []} if self.kind == "text" else {}
        return {"type": type_, name: text, **extra}


@dataclass(slots=True)
class _Item:
    """A message, a reasoning item (both have parts) or a tool call."""

    index: int
    type: str
    id: str
    parts: list[_Part] = field(default_factory=list)
    call_id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    written: dict[str, Any] | None = None

    def content(self, status: str) -> dict[str, Any]:
        argument = CALLS.get(self.type)
        if argument is not None:
            call = {"call_id": self.call_id, "name": self.name, argument: "".join(self.arguments)}
            own_status = {} if self.type == "custom_tool_call" else {"status": status}
            return {"id": self.id, "type": self.type, **own_status, **call}
        content = [part.content("".join(part.pieces)) for part in self.parts]
        if self.type == "reasoning":
            return {"id": self.id, "type": "reasoning", "summary": [], "content": content, "status": status}
        return {"id": self.id, "type": "message", "role": "assistant", "status": status, "content": content}


class OutputBuilder:
    """Builds the output of one response step by step, and tells the events of each step.

    Text and refusal are parts of one message; each reasoning stretch and each tool call is an item of its own. Messages
    and calls stay open until `close`: the final chunk hooks may add to them.
    """

    def __init__(self, identity: AnswerIdentity, first_index: int = 0) -> None:
        """Begin with the item of a given index.

        Args:
            identity: Names of items derive from the answer's; its request tells which tools are custom ones.
        """
        self._suffix = identity.id.removeprefix("resp_")
        self._custom = _custom_tools(identity.request)
        self._first = first_index
        self._items: list[_Item] = []
        self._message: _Item | None = None
        self._reasoning: _Item | None = None
        self._calls: dict[int, _Item] = {}

    def add(self, chunk: StreamChunk) -> list[Event]:
        """Return the events that tell one more chunk; none if it is empty."""
        if chunk.kind == "tool_call" and chunk.tool_call is not None:
            return self._add_call(chunk.tool_call)
        if not chunk.text or chunk.kind not in PARTS:
            return []
        events: list[Event] = []
        item = self._open_for(chunk.kind, events)
        position, part = self._part(item, chunk.kind, events)
        part.pieces.append(chunk.text)
        where = {"item_id": item.id, "output_index": item.index, "content_index": position}
        delta = {"type": f"{PARTS[chunk.kind][2]}.delta", **where, "delta": chunk.text}
        if chunk.kind == "text":
            delta["logprobs"] = []
        events.append(delta)
        return events

    def annotate(self, annotation: Mapping[str, Any]) -> list[Event]:
        """Return the events that tell an annotation of the text."""
        events: list[Event] = []
        item = self._open_for("text", events)
        position, part = self._part(item, "text", events)
        told = {
            "type": "response.output_text.annotation.added",
            "item_id": item.id,
            "output_index": item.index,
            "content_index": position,
            "annotation_index": len(part.annotations),
            "annotation": dict(annotation),
        }
        part.annotations.append(dict(annotation))
        return [*events, told]

    def close(self, status: str = "completed") -> list[Event]:
        """Return the events that end all items; an answer with nothing in it is an empty message.

        Args:
            status: Of the last item: `incomplete` where the answer was cut off.
        """
        events: list[Event] = []
        if not self._items:
            self._part(self._open_for("text", events), "text", events)
        for item in self._items:
            if item.written is None:
                events += _closing(item, status if item is self._items[-1] else "completed")
        return events

    def output(self) -> list[dict[str, Any]]:
        """Return the items, once they are closed."""
        return [item.written for item in self._items if item.written is not None]

    def _open(self, type_: str, prefix: str, events: list[Event]) -> _Item:
        index = self._first + len(self._items)
        item = _Item(index, type_, f"{prefix}_{self._suffix}_{index}")
        self._items.append(item)
        if type_ in ("message", "reasoning"):
            events.append(_added(item))
        return item

    def _open_for(self, kind: str, events: list[Event]) -> _Item:
        if kind == "reasoning":
            if self._reasoning is None:
                self._reasoning = self._open("reasoning", "rs", events)
            return self._reasoning
        self._end_reasoning(events)
        if self._message is None:
            self._message = self._open("message", "msg", events)
        return self._message

    def _part(self, item: _Item, kind: str, events: list[Event]) -> tuple[int, _Part]:
        for position, part in enumerate(item.parts):
            if part.kind == kind:
                return position, part
        part = _Part(kind)
        item.parts.append(part)
        position = len(item.parts) - 1
        where = {"item_id": item.id, "output_index": item.index, "content_index": position}
        content = part.content("")
        if kind == "text":
            content["annotations"] = []
        events.append({"type": "response.content_part.added", **where, "part": content})
        return position, part

    def _end_reasoning(self, events: list[Event]) -> None:
        if self._reasoning is not None:
            events += _closing(self._reasoning, "completed")
            self._reasoning = None

    def _add_call(self, call: ToolCall) -> list[Event]:
        events: list[Event] = []
        item = self._calls.get(call.index)
        if item is None:
            self._end_reasoning(events)
            custom = call.name in self._custom
            item = self._open("custom_tool_call" if custom else "function_call", "ctc" if custom else "fc", events)
            item.call_id = call.id or f"call_{self._suffix}_{item.index}"
            item.name = call.name or ""
            self._calls[call.index] = item
            events.append(_added(item))
        elif call.name:
            item.name = call.name
        if call.arguments:
            item.arguments.append(call.arguments)
            name = "function_call_arguments" if item.type == "function_call" else "custom_tool_call_input"
            where = {"item_id": item.id, "output_index": item.index}
            events.append({"type": f"response.{name}.delta", **where, "delta": call.arguments})
        return events


def _custom_tools(request: Mapping[str, Any]) -> frozenset[str]:
    tools = request.get("tools")
    return frozenset(
        tool["name"]
        for tool in (tools if isinstance(tools, list) else ())
        if isinstance(tool, dict) and tool.get("type") == "custom" and isinstance(tool.get("name"), str)
    )


def _added(item: _Item) -> Event:
    return {"type": "response.output_item.added", "output_index": item.index, "item": item.content("in_progress")}


def _closing(item: _Item, status: str) -> list[Event]:
    """Return the events that end an item, and fix what it is."""
    events: list[Event] = []
    where = {"item_id": item.id, "output_index": item.index}
    for position, part in enumerate(item.parts):
        _, name, event = PARTS[part.kind]
        text = "".join(part.pieces)
        at = {**where, "content_index": position}
        logprobs: Event = {"logprobs": []} if part.kind == "text" else {}
        events.append({"type": f"{event}.done", **at, name: text, **logprobs})
        events.append({"type": "response.content_part.done", **at, "part": part.content(text)})
    arguments = "".join(item.arguments)
    if item.type == "function_call":
        done = {"type": "response.function_call_arguments.done", **where, "name": item.name, "arguments": arguments}
        events.append(done)
    elif item.type == "custom_tool_call":
        events.append({"type": "response.custom_tool_call_input.done", **where, "input": arguments})
    item.written = item.content(status)
    return [*events, {"type": "response.output_item.done", "output_index": item.index, "item": item.written}]
