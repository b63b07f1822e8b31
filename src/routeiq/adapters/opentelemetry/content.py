"""Messages and answers as the GenAI conventions write them down, for those who opted in to recording content."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from routeiq_plugin_sdk import LLMResponse


def input_messages(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return a conversation of chat messages as the JSON of `gen_ai.input.messages`."""
    return _json([{"role": str(message.get("role", "user")), "parts": list(_parts(message))} for message in messages])


def output_messages(response: LLMResponse) -> str:
    """Return an answer as the JSON of `gen_ai.output.messages`: its first choice."""
    parts: list[dict[str, Any]] = [{"type": "text", "content": response.text}] if response.text else []
    parts += [_call(call.id, call.name, call.arguments) for call in response.tool_calls]
    return _json([{"role": "assistant", "parts": parts, "finish_reason": response.finish_reason}])


def _parts(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    content = message.get("content")
    if message.get("role") == "tool":
        yield {"type": "tool_call_response", "id": message.get("tool_call_id"), "response": content}
        return
    if isinstance(content, str):
        yield {"type": "text", "content": content}
    elif isinstance(content, list | tuple):
        for part in content:
            yield _part(part)
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list | tuple) else ():
        function = call.get("function") if isinstance(call, Mapping) else None
        if isinstance(function, Mapping):
            yield _call(call.get("id"), function.get("name"), function.get("arguments"))


def _part(part: Any) -> dict[str, Any]:
    """Return one part; of an image or a sound only what it is: its bytes would be most of the span."""
    if isinstance(part, str):
        return {"type": "text", "content": part}
    kind = str(part.get("type", "")) if isinstance(part, Mapping) else type(part).__name__
    text = part.get("text") if isinstance(part, Mapping) else None
    return {"type": "text", "content": text} if isinstance(text, str) else {"type": kind}


def _call(id: Any, name: Any, arguments: Any) -> dict[str, Any]:
    if isinstance(arguments, str):
        with contextlib.suppress(ValueError):  # what a model wrote need not be JSON
            arguments = json.loads(arguments)
    return {"type": "tool_call", "id": id, "name": name, "arguments": arguments}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=repr)
