"""Answers in the form of OpenAI's Responses API, whole and as the frames of a stream."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

from .behaviour import Behaviour, Tool
from .openai_answers import CREATED, Body

Part = tuple[str, dict[str, Any]]
"""The type of an event and what it carries."""


def response(behaviour: Behaviour, body: Body, model: str) -> dict[str, Any]:
    """Return a whole response."""
    return _document(behaviour, model, "completed", _items(behaviour))


def response_stream(behaviour: Behaviour, body: Body, model: str) -> Iterator[bytes]:
    """Return the frames of a streamed response."""
    numbers = itertools.count()
    for kind, data in _parts(behaviour, model):
        yield frame(kind, {**data, "sequence_number": next(numbers)})


def error_event(message: str) -> bytes:
    """Return the event that ends a stream which fails."""
    return frame("error", {"code": "server_error", "message": message, "param": None, "sequence_number": 99})


def frame(kind: str, data: dict[str, Any]) -> bytes:
    """Return one event of a stream."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()


def _document(behaviour: Behaviour, model: str, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
    prompt, completion = behaviour.prompt_tokens, behaviour.completion
    tokens = {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": completion,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": prompt + completion,
    }
    return {
        "id": "resp_upstream", "object": "response", "created_at": CREATED, "status": status, "model": model,
        "output": output, "usage": tokens if status == "completed" else None, "error": None,
        "incomplete_details": None, "instructions": None, "metadata": {}, "parallel_tool_calls": True,
        "temperature": 1.0, "tool_choice": "auto", "tools": [], "top_p": 1.0,
    }  # fmt: skip


def _items(behaviour: Behaviour) -> list[dict[str, Any]]:
    items = []
    if behaviour.reasoning:
        items.append(_reasoning(behaviour.reasoning))
    if behaviour.text:
        items.append(_message([_text(behaviour.text)], "completed"))
    return [*items, *(_call(n, tool, tool.arguments, "completed") for n, tool in enumerate(behaviour.tools))]


def _reasoning(text: str | None) -> dict[str, Any]:
    summary = [] if text is None else [{"type": "summary_text", "text": text}]
    return {"id": "rs_upstream", "type": "reasoning", "summary": summary}


def _message(content: list[dict[str, Any]], status: str) -> dict[str, Any]:
    return {"id": "msg_upstream", "type": "message", "role": "assistant", "status": status, "content": content}


def _text(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": []}


def _call(n: int, tool: Tool, arguments: str, status: str) -> dict[str, Any]:
    head = {"id": f"fc_{n}", "type": "function_call", "call_id": f"call_{n}", "status": status}
    return {**head, "name": tool.name, "arguments": arguments}


def _parts(behaviour: Behaviour, model: str) -> Iterator[Part]:
    begun = _document(behaviour, model, "in_progress", [])
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    places = itertools.count()
    if behaviour.reasoning:
        yield from _reasoning_parts(behaviour, next(places))
    if behaviour.text:
        yield from _message_parts(behaviour, next(places))
    for n, tool in enumerate(behaviour.tools):
        yield from _call_parts(behaviour, n, tool, next(places))
    yield "response.completed", {"response": _document(behaviour, model, "completed", _items(behaviour))}


def _reasoning_parts(behaviour: Behaviour, place: int) -> Iterator[Part]:
    where = {"item_id": "rs_upstream", "output_index": place, "summary_index": 0}
    part = "response.reasoning_summary_part"
    text = "response.reasoning_summary_text"
    yield "response.output_item.added", {"output_index": place, "item": _reasoning(None)}
    yield f"{part}.added", {**where, "part": {"type": "summary_text", "text": ""}}
    for piece in behaviour.pieces(behaviour.reasoning):
        yield f"{text}.delta", {**where, "delta": piece}
    yield f"{text}.done", {**where, "text": behaviour.reasoning}
    yield f"{part}.done", {**where, "part": {"type": "summary_text", "text": behaviour.reasoning}}
    yield "response.output_item.done", {"output_index": place, "item": _reasoning(behaviour.reasoning)}


def _message_parts(behaviour: Behaviour, place: int) -> Iterator[Part]:
    where = {"item_id": "msg_upstream", "output_index": place, "content_index": 0}
    yield "response.output_item.added", {"output_index": place, "item": _message([], "in_progress")}
    yield "response.content_part.added", {**where, "part": _text("")}
    for piece in behaviour.pieces(behaviour.text):
        yield "response.output_text.delta", {**where, "delta": piece, "logprobs": []}
    yield "response.output_text.done", {**where, "text": behaviour.text, "logprobs": []}
    yield "response.content_part.done", {**where, "part": _text(behaviour.text)}
    whole = _message([_text(behaviour.text)], "completed")
    yield "response.output_item.done", {"output_index": place, "item": whole}


def _call_parts(behaviour: Behaviour, n: int, tool: Tool, place: int) -> Iterator[Part]:
    where = {"item_id": f"fc_{n}", "output_index": place}
    yield "response.output_item.added", {"output_index": place, "item": _call(n, tool, "", "in_progress")}
    for piece in behaviour.pieces(tool.arguments):
        yield "response.function_call_arguments.delta", {**where, "delta": piece}
    yield "response.function_call_arguments.done", {**where, "name": tool.name, "arguments": tool.arguments}
    whole = _call(n, tool, tool.arguments, "completed")
    yield "response.output_item.done", {"output_index": place, "item": whole}
