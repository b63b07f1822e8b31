"""Streams of chat completions: what an event says, and how a changed event is written.

One event may carry several choices, and in each of them text, reasoning, a refusal and tool calls at once. Its chunks
are in the order of `_steps`, which reading and writing share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from routeiq_plugin_sdk import StreamChunk, ToolCall

from .native import Chunks, NativeEncoder
from .sse import StreamDecoder, StreamEvent
from .usage import changed_chat_usage, read_chat_usage

_TEXTS: Final = (
    ("reasoning_content", "reasoning"),
    ("reasoning", "reasoning"),
    ("content", "text"),
    ("refusal", "refusal"),
)
_FIELD: Final = {"text": "content", "reasoning": "reasoning_content", "refusal": "refusal"}


class Step(NamedTuple):
    """Where a chunk's content is: in which choice, which field of its delta, which of its tool calls."""

    choice: int
    field: str | None
    call: int
    chunk: StreamChunk


class ChatDecoder(StreamDecoder):
    """Reads chat completion events."""

    __slots__ = ()

    def _interpret(self, frame: bytes, data: dict[str, Any]) -> StreamEvent:
        try:
            # Nearly all events: one choice, nothing but text.
            (choice,) = data["choices"]
            delta = choice["delta"]
            text = delta["content"]
            index = choice["index"]
            if (
                (len(delta) == 1 or (len(delta) == 2 and "role" in delta))
                and choice.get("finish_reason") is None
                and data.get("usage") is None
                and type(text) is str
                and text
                and type(index) is int
                and "error" not in data
            ):
                return StreamEvent(frame, data, (StreamChunk("text", text, None, index, None, None, data),))
        except (KeyError, TypeError, ValueError, AttributeError):
            pass
        return _event(frame, data)


def _event(frame: bytes, data: dict[str, Any]) -> StreamEvent:
    chunks = tuple(step.chunk for step in _steps(data))
    error = data.get("error")
    if error is not None:
        details = error if isinstance(error, dict) else {"message": str(error)}
        return StreamEvent(frame, data, chunks, error=details)
    choices = data.get("choices")
    usage_only = chunks[-1].usage is not None and not choices
    terminal = usage_only or any(chunk.finish_reason is not None for chunk in chunks)
    return StreamEvent(frame, data, chunks, terminal=terminal, usage_only=usage_only)


def _steps(data: dict[str, Any]) -> list[Step]:
    """Return the chunks of an event, at least one; a finish reason is on the last chunk of its choice."""
    steps: list[Step] = []
    for position, choice in enumerate(_choices(data)):
        found = list(_choice_steps(position, choice, data))
        finish_reason = choice.get("finish_reason")
        if not found:
            found = [Step(position, None, 0, StreamChunk("other", index=_index(choice), raw=data))]
        if isinstance(finish_reason, str):
            last = found[-1]
            found[-1] = last._replace(chunk=_replaced(last.chunk, finish_reason))
        steps += found
    usage = read_chat_usage(data.get("usage"))
    if usage is not None:
        steps.append(Step(-1, "usage", 0, StreamChunk("usage", usage=usage, raw=data)))
    return steps or [Step(-1, None, 0, StreamChunk("other", raw=data))]


def _replaced(chunk: StreamChunk, finish_reason: str) -> StreamChunk:
    return StreamChunk(chunk.kind, chunk.text, chunk.tool_call, chunk.index, finish_reason, None, chunk.raw)


def _choices(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    choices = data.get("choices")
    return [choice for choice in choices if isinstance(choice, dict)] if isinstance(choices, list) else []


def _index(choice: Mapping[str, Any]) -> int:
    index = choice.get("index")
    return index if type(index) is int else 0


def _choice_steps(position: int, choice: dict[str, Any], data: dict[str, Any]) -> Iterator[Step]:
    delta, index = choice.get("delta"), _index(choice)
    if not isinstance(delta, dict):
        return
    reasoned = False
    for field, kind in _TEXTS:
        text = delta.get(field)
        if not isinstance(text, str) or not text or (kind == "reasoning" and reasoned):
            continue
        reasoned = reasoned or kind == "reasoning"
        yield Step(position, field, 0, StreamChunk(kind, text, None, index, None, None, data))  # type: ignore[arg-type]
    calls = delta.get("tool_calls")
    for number, call in enumerate(calls if isinstance(calls, list) else ()):
        if isinstance(call, dict):
            tool_call = read_tool_call(call, number)
            yield Step(position, "tool_calls", number, StreamChunk("tool_call", "", tool_call, index, None, None, data))
    if isinstance(delta.get("function_call"), dict):
        tool_call = read_tool_call({"function": delta["function_call"]}, 0)
        yield Step(position, "function_call", 0, StreamChunk("tool_call", "", tool_call, index, None, None, data))


def function_of(call: Mapping[str, Any]) -> tuple[str, Mapping[str, Any], str]:
    """Return what a tool call calls: the field that says it, its content, and the name of the arguments in it."""
    if isinstance(call.get("custom"), dict):
        return "custom", call["custom"], "input"
    function = call.get("function")
    return "function", function if isinstance(function, dict) else {}, "arguments"


def read_tool_call(call: Mapping[str, Any], position: int) -> ToolCall:
    """Return a tool call, or a part of one, that a message or a delta holds at a position."""
    _, function, argument = function_of(call)
    index, identifier, name, arguments = call.get("index"), call.get("id"), function.get("name"), function.get(argument)
    return ToolCall(
        index if type(index) is int else position,
        identifier if isinstance(identifier, str) else None,
        name if isinstance(name, str) else None,
        arguments if isinstance(arguments, str) else "",
    )


class NativeChatEncoder(NativeEncoder):
    """Passes chat completion events on, changed where plugins changed their chunks."""

    kind = "chat.completion.chunk"

    def changed(self, data: dict[str, Any], old: Chunks, new: Chunks) -> dict[str, Any] | None:
        """Return the event's data with the new chunks written into it; None if nothing is left of it."""
        if len(new) == 1 and old[0].kind == new[0].kind == "text":
            simple = _text_replaced(data, old[0], new[0])
            if simple is not None:
                return simple
        result = dict(data)
        choices = [{**choice, "delta": dict(_delta(choice))} for choice in _choices(data)]
        for step, before, after in zip(_steps(data), old, new, strict=False):
            if after is before:
                continue
            if step.choice >= 0:
                _write(choices[step.choice], step, after)
            elif after.usage != before.usage:
                result["usage"] = changed_chat_usage(data.get("usage"), after.usage)
        for choice in choices:
            _drop_emptied_calls(choice["delta"])
        result["choices"] = choices
        return None if _says_nothing(result) and not _says_nothing(data) else result

    def choice(self, chunk: StreamChunk) -> dict[str, Any]:
        """Return the choice that says what a chunk says."""
        delta: dict[str, Any] = {} if self._last is not None else {"role": "assistant"}
        _write_new(delta, chunk)
        return {"index": chunk.index, "delta": delta, "logprobs": None, "finish_reason": None}


def _text_replaced(data: dict[str, Any], old: StreamChunk, new: StreamChunk) -> dict[str, Any] | None:
    """Return an event that has nothing but text with other text; None if it has more, or would have nothing left."""
    choices = data["choices"]
    delta = _delta(choices[0])
    if not new.text or len(choices) != 1 or delta.get("content") != old.text or new.finish_reason != old.finish_reason:
        return None
    choice = {**choices[0], "delta": {**delta, "content": new.text}}
    if choice.get("logprobs") is not None:
        choice["logprobs"] = None  # they would tell the tokens that were replaced
    return {**data, "choices": [choice]}


def _delta(choice: Mapping[str, Any]) -> dict[str, Any]:
    delta = choice.get("delta")
    return delta if isinstance(delta, dict) else {}


def _write(choice: dict[str, Any], step: Step, chunk: StreamChunk) -> None:
    """Write a changed chunk in the place of what it replaces."""
    delta, before = choice["delta"], step.chunk
    if chunk.finish_reason != before.finish_reason:
        choice["finish_reason"] = chunk.finish_reason
    if (chunk.kind, chunk.text, chunk.tool_call) == (before.kind, before.text, before.tool_call):
        return
    if step.field in ("tool_calls", "function_call"):
        _write_call(delta, step, chunk)
    elif chunk.kind == before.kind and step.field is not None:
        delta[step.field] = chunk.text
        if step.field == "reasoning_content" and isinstance(delta.get("reasoning"), str):
            delta["reasoning"] = chunk.text
    else:
        if step.field is not None:
            delta.pop(step.field)
        _write_new(delta, chunk)
    if before.kind == "reasoning":
        delta.pop("reasoning_details", None)  # repeats the text
    if choice.get("logprobs") is not None:
        choice["logprobs"] = None  # they would tell the tokens that were replaced


def _write_call(delta: dict[str, Any], step: Step, chunk: StreamChunk) -> None:
    call, legacy = chunk.tool_call, step.field == "function_call"
    if chunk.kind != "tool_call" or call is None:
        if legacy:
            delta.pop("function_call")
        else:
            delta["tool_calls"] = [None if n == step.call else c for n, c in enumerate(delta["tool_calls"])]
        _write_new(delta, chunk)
        return
    old = {"function": delta["function_call"]} if legacy else delta["tool_calls"][step.call]
    field, function, argument = function_of(old)
    changed = {**function, argument: call.arguments}
    if call.name is not None:
        changed["name"] = call.name
    if legacy:
        delta["function_call"] = changed
        return
    new = {**old, field: changed}
    if "index" in old or call.index != step.call:
        new["index"] = call.index
    if call.id is not None:
        new["id"] = call.id
    delta["tool_calls"] = [new if n == step.call else c for n, c in enumerate(delta["tool_calls"])]


def _write_new(delta: dict[str, Any], chunk: StreamChunk) -> None:
    """Add what a chunk says to a delta that does not say it yet."""
    if chunk.kind == "tool_call" and chunk.tool_call is not None:
        delta["tool_calls"] = [*(delta.get("tool_calls") or ()), written_call(chunk.tool_call)]
    elif chunk.kind in _FIELD and chunk.text:
        field = _FIELD[chunk.kind]
        delta[field] = (delta.get(field) or "") + chunk.text


def written_call(call: ToolCall) -> dict[str, Any]:
    """Return a tool call, or a part of one, as a delta holds it."""
    written: dict[str, Any] = {"index": call.index, "function": {"arguments": call.arguments}}
    if call.id is not None:
        written |= {"id": call.id, "type": "function"}
    if call.name is not None:
        written["function"] = {"name": call.name, "arguments": call.arguments}
    return written


def _drop_emptied_calls(delta: dict[str, Any]) -> None:
    calls = delta.get("tool_calls")
    if isinstance(calls, list) and None in calls:
        delta["tool_calls"] = [call for call in calls if call is not None]
        if not delta["tool_calls"]:
            del delta["tool_calls"]


def _says_nothing(data: Mapping[str, Any]) -> bool:
    """Return whether an event could as well be left out."""
    if data.get("usage") is not None:
        return False
    return all(choice.get("finish_reason") is None and not any(_delta(choice).values()) for choice in _choices(data))
