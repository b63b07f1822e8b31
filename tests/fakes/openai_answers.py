"""Answers in the form of OpenAI's API, whole and as the frames of a stream."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .behaviour import Behaviour

CREATED: Final = 1_700_000_000
DONE: Final = b"data: [DONE]\n\n"
_ERRORS: Final = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
}

Body = Mapping[str, Any]


def event(data: Any) -> bytes:
    """Return one event of a stream."""
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def usage(behaviour: Behaviour) -> dict[str, int]:
    """Return the tokens of an answer."""
    prompt, completion = behaviour.prompt_tokens, behaviour.completion
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def error(status: int, message: str) -> dict[str, Any]:
    """Return the body of an error."""
    kind, code = _ERRORS.get(status, ("server_error", None))
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def error_headers(status: int) -> dict[str, str]:
    """Return the headers that come with an error."""
    if status != 429:
        return {}
    return {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "1s",
    }


def error_event(message: str) -> bytes:
    """Return the event that ends a stream which fails."""
    return event(error(500, message))


# Chat completions


def chat(behaviour: Behaviour, body: Body, model: str) -> dict[str, Any]:
    """Return a chat completion."""
    message: dict[str, Any] = {"role": "assistant", "content": behaviour.text or None}
    if behaviour.reasoning:
        message["reasoning_content"] = behaviour.reasoning
    if behaviour.tools:
        message["tool_calls"] = [
            {"id": f"call_{n}", "type": "function", "function": {"name": tool.name, "arguments": tool.arguments}}
            for n, tool in enumerate(behaviour.tools)
        ]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": behaviour.reason}
    head = {"id": "chatcmpl-upstream", "object": "chat.completion", "created": CREATED, "model": model}
    return {**head, "choices": [choice], "usage": usage(behaviour)}


def chat_stream(behaviour: Behaviour, body: Body, model: str) -> Iterator[bytes]:
    """Return the frames of a streamed chat completion."""
    head = {"id": "chatcmpl-upstream", "object": "chat.completion.chunk", "created": CREATED, "model": model}

    def delta(piece: dict[str, Any], reason: str | None = None) -> bytes:
        return event({**head, "choices": [{"index": 0, "delta": piece, "logprobs": None, "finish_reason": reason}]})

    yield delta({"role": "assistant", "content": ""})
    for piece in behaviour.pieces(behaviour.reasoning):
        yield delta({"reasoning_content": piece})
    for piece in behaviour.pieces(behaviour.text):
        yield delta({"content": piece})
    for n, tool in enumerate(behaviour.tools):
        function = {"name": tool.name, "arguments": ""}
        yield delta({"tool_calls": [{"index": n, "id": f"call_{n}", "type": "function", "function": function}]})
        for piece in behaviour.pieces(tool.arguments):
            yield delta({"tool_calls": [{"index": n, "function": {"arguments": piece}}]})
    yield delta({}, behaviour.reason)
    if (body.get("stream_options") or {}).get("include_usage"):
        yield event({**head, "choices": [], "usage": usage(behaviour)})
    yield DONE


# Text completions


def completion(behaviour: Behaviour, body: Body, model: str) -> dict[str, Any]:
    """Return a text completion."""
    choice = {"index": 0, "text": behaviour.text, "logprobs": None, "finish_reason": behaviour.reason}
    head = {"id": "cmpl-upstream", "object": "text_completion", "created": CREATED, "model": model}
    return {**head, "choices": [choice], "usage": usage(behaviour)}


def completion_stream(behaviour: Behaviour, body: Body, model: str) -> Iterator[bytes]:
    """Return the frames of a streamed text completion."""
    head = {"id": "cmpl-upstream", "object": "text_completion", "created": CREATED, "model": model}

    def step(text: str, reason: str | None = None) -> bytes:
        return event({**head, "choices": [{"index": 0, "text": text, "logprobs": None, "finish_reason": reason}]})

    for piece in behaviour.pieces(behaviour.text):
        yield step(piece)
    yield step("", behaviour.reason)
    if (body.get("stream_options") or {}).get("include_usage"):
        yield event({**head, "choices": [], "usage": usage(behaviour)})
    yield DONE


# Embeddings


def embedding(behaviour: Behaviour, body: Body, model: str) -> dict[str, Any]:
    """Return an embedding of each input: four numbers that depend on nothing but it."""
    inputs = body["input"]
    many = inputs if isinstance(inputs, list) and not all(isinstance(token, int) for token in inputs) else [inputs]
    data = [
        {"object": "embedding", "index": index, "embedding": _vector(one, body.get("encoding_format"))}
        for index, one in enumerate(many)
    ]
    tokens = {"prompt_tokens": behaviour.prompt_tokens, "total_tokens": behaviour.prompt_tokens}
    return {"object": "list", "data": data, "model": model, "usage": tokens}


def _vector(text: Any, encoding: str | None) -> list[float] | str:
    numbers = [byte / 256 for byte in hashlib.sha256(json.dumps(text).encode()).digest()[:4]]
    return base64.b64encode(struct.pack("<4f", *numbers)).decode() if encoding == "base64" else numbers
