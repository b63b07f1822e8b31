"""A whole answer as a stream of chat completion events: what a plugin answered, and what the echo model says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from routeiq_plugin_sdk import LLMResponse, Usage

from .dialects.usage import chat_usage


def chat_events(
    response: LLMResponse,
    *,
    id: str,
    model: str,
    created: int,
    include_usage: bool,
    pieces: Iterable[str] | None = None,
) -> Iterator[bytes]:
    """Yield the server-sent events of a streamed chat completion, `[DONE]` included.

    Args:
        created: Seconds since the epoch.
        include_usage: Whether the last event but one tells the usage, as `stream_options.include_usage` asks.
        pieces: The text in the steps that it is sent in; None sends it whole.
    """
    base = {"id": id, "object": "chat.completion.chunk", "created": created, "model": model}

    def event(delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return b"data: " + orjson.dumps({**base, "choices": [choice]}) + b"\n\n"

    yield event({"role": "assistant", "content": ""})
    for piece in (response.text,) if pieces is None else pieces:
        if piece:
            yield event({"content": piece})
    for call in response.tool_calls:
        function = {"name": call.name, "arguments": call.arguments}
        yield event({"tool_calls": [{"index": call.index, "id": call.id, "type": "function", "function": function}]})
    yield event({}, response.finish_reason)
    if include_usage:
        usage = chat_usage(response.usage or Usage())
        yield b"data: " + orjson.dumps({**base, "choices": [], "usage": usage}) + b"\n\n"
    yield b"data: [DONE]\n\n"
