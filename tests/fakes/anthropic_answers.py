"""Answers in the form of Anthropic's Messages API, whole and as the frames of a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from .behaviour import Behaviour
from .openai_answers import Body

_REASONS: Final = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}
_ERRORS: Final = {
    400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
    413: "request_too_large", 429: "rate_limit_error", 529: "overloaded_error",
}  # fmt: skip


def error(status: int, message: str) -> dict[str, Any]:
    """Return the body of an error."""
    kind = _ERRORS.get(status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_upstream"}


def error_headers(status: int) -> dict[str, str]:
    """Return the headers that come with an error."""
    limits = {
        "anthropic-ratelimit-requests-limit": "60",
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "2030-01-01T00:00:00Z",
    }
    return {"request-id": "req_upstream", **(limits if status == 429 else {})}


def error_event(message: str) -> bytes:
    """Return the event that ends a stream which fails."""
    return frame("error", error(500, message))


def frame(kind: str, data: dict[str, Any]) -> bytes:
    """Return one event of a stream."""
    return f"event: {kind}\ndata: {json.dumps({**data, 'type': kind})}\n\n".encode()


def message(behaviour: Behaviour, body: Body, model: str) -> dict[str, Any]:
    """Return a whole message."""
    document = _document(behaviour, model)
    document["content"] = [block for block, _ in _blocks(behaviour)]
    document["stop_reason"] = _REASONS[behaviour.reason]
    document["usage"]["output_tokens"] = behaviour.completion
    return document


def message_stream(behaviour: Behaviour, body: Body, model: str) -> Iterator[bytes]:
    """Return the frames of a streamed message."""
    yield frame("message_start", {"message": _document(behaviour, model)})
    yield frame("ping", {})
    for index, (block, deltas) in enumerate(_blocks(behaviour)):
        yield frame("content_block_start", {"index": index, "content_block": _empty(block)})
        for delta in deltas:
            yield frame("content_block_delta", {"index": index, "delta": delta})
        yield frame("content_block_stop", {"index": index})
    reason = {"stop_reason": _REASONS[behaviour.reason], "stop_sequence": None}
    yield frame("message_delta", {"delta": reason, "usage": {"output_tokens": behaviour.completion}})
    yield frame("message_stop", {})


def count(behaviour: Behaviour, body: Body, model: str) -> dict[str, Any]:
    """Return the number of tokens of a request."""
    return {"input_tokens": behaviour.prompt_tokens}


def _document(behaviour: Behaviour, model: str) -> dict[str, Any]:
    tokens = {"input_tokens": behaviour.prompt_tokens, "output_tokens": 1}
    return {
        "id": "msg_upstream", "type": "message", "role": "assistant", "model": model, "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": tokens,
    }  # fmt: skip


def _blocks(behaviour: Behaviour) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Return each block of the content with the deltas that a stream makes it of."""
    if behaviour.reasoning:
        deltas = [{"type": "thinking_delta", "thinking": piece} for piece in behaviour.pieces(behaviour.reasoning)]
        signed = {"type": "signature_delta", "signature": "signed"}
        yield {"type": "thinking", "thinking": behaviour.reasoning, "signature": "signed"}, [*deltas, signed]
    if behaviour.text:
        deltas = [{"type": "text_delta", "text": piece} for piece in behaviour.pieces(behaviour.text)]
        yield {"type": "text", "text": behaviour.text}, deltas
    for n, tool in enumerate(behaviour.tools):
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in behaviour.pieces(tool.arguments)]
        yield {"type": "tool_use", "id": f"toolu_{n}", "name": tool.name, "input": json.loads(tool.arguments)}, deltas


def _empty(block: dict[str, Any]) -> dict[str, Any]:
    """Return a block as it stands before its deltas."""
    nothing = {"text": "", "thinking": "", "signature": "", "input": {}}
    return {name: nothing.get(name, value) for name, value in block.items()}
