"""Conversations and answers as the GenAI conventions write them down: `gen_ai.input.messages` and its like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from routeiq_plugin_sdk import LLMResponse

from .redaction import Redactor


def input_messages(messages: Sequence[Mapping[str, Any]], latest: int, redactor: Redactor) -> list[dict[str, Any]]:
    """Return the latest messages of a conversation."""
    return [
        {"role": str(message.get("role", "user")), "parts": list(_parts(message, redactor))}
        for message in messages[-latest:]
    ]


def output_messages(response: LLMResponse, redactor: Redactor) -> list[dict[str, Any]]:
    """Return an answer: its first choice."""
    parts: list[dict[str, Any]] = []
    if response.text:
        parts.append({"type": "text", "content": redactor.cut(response.text)})
    parts += [_call(call.id, call.name, call.arguments, redactor) for call in response.tool_calls]
    return [{"role": "assistant", "parts": parts, "finish_reason": response.finish_reason}]


def weight_of(messages: Sequence[Mapping[str, Any]] | None, latest: int) -> int:
    """Return roughly how many characters a conversation has."""
    if messages is None:
        return 0
    weight = 0
    for message in messages[-latest:]:
        content = message.get("content")
        parts = content if isinstance(content, list | tuple) else (content,)
        texts = (part.get("text") if isinstance(part, Mapping) else part for part in parts)
        weight += sum(len(text) for text in texts if isinstance(text, str))
    return weight


def _parts(message: Mapping[str, Any], redactor: Redactor) -> Iterator[dict[str, Any]]:
    content = message.get("content")
    if message.get("role") == "tool":
        response = redactor.json_text(content)
        yield {"type": "tool_call_response", "id": message.get("tool_call_id"), "response": response}
        return
    if isinstance(content, str):
        yield {"type": "text", "content": redactor.cut(content)}
    elif isinstance(content, list | tuple):
        yield from (_part(part, redactor) for part in content)
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list | tuple) else ():
        function = call.get("function") if isinstance(call, Mapping) else None
        if isinstance(function, Mapping):
            yield _call(call.get("id"), function.get("name"), function.get("arguments"), redactor)


def _part(part: Any, redactor: Redactor) -> dict[str, Any]:
    """Return one part; of an image or a sound only what it is."""
    if isinstance(part, str):
        return {"type": "text", "content": redactor.cut(part)}
    text = part.get("text") if isinstance(part, Mapping) else None
    if isinstance(text, str):
        return {"type": "text", "content": redactor.cut(text)}
    return {"type": str(part.get("type", "")) if isinstance(part, Mapping) else type(part).__name__}


def _call(id: Any, name: Any, arguments: Any, redactor: Redactor) -> dict[str, Any]:
    return {"type": "tool_call", "id": id, "name": name, "arguments": redactor.json_text(arguments)}
