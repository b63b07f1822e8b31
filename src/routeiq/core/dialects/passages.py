"""The texts of a whole answer, each at its place in the document, so that it can be replaced there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from routeiq_plugin_sdk import API, ChunkKind, ToolCall

Path = tuple[str | int, ...]


class Passage(NamedTuple):
    """One text of an answer.

    Attributes:
        path: Where it stands in the document.
        choice: Which of the choices it belongs to.
        call: Of a tool call's arguments, the call.
    """

    path: Path
    kind: ChunkKind
    text: str
    choice: int = 0
    call: ToolCall | None = None


def passages(api: API, document: Mapping[str, Any]) -> list[Passage]:
    """Return the texts of an answer of an API, in the order in which clients read them."""
    if api == "responses":
        return list(_responses(document))
    if api == "messages":
        return list(_blocks(document))
    choices = _list(document, "choices")
    return [passage for position, choice in enumerate(choices) for passage in _choice(position, choice)]


def with_passages(document: Mapping[str, Any], old: Sequence[Passage], texts: Sequence[str]) -> Mapping[str, Any]:
    """Return a document with other texts at the places of the old ones; what did not change keeps its very objects.

    Raises:
        ValueError: if arguments that the API has as an object are none any more.
    """
    for passage, text in zip(old, texts, strict=True):
        if text != passage.text:
            document = _put(document, passage.path, text)
    return document


def _put(value: Any, path: Path, text: str) -> Any:
    if not path:
        return text if isinstance(value, str) else orjson.loads(text)
    if isinstance(value, list):
        copy: Any = list(value)
    else:
        copy = dict(value)
        if "logprobs" in copy and copy["logprobs"] is not None:
            copy["logprobs"] = None  # they would tell the tokens that were replaced
    copy[path[0]] = _put(value[path[0]], path[1:], text)
    return copy


def _choice(position: int, choice: Any) -> Iterator[Passage]:
    given = choice.get("index") if isinstance(choice, dict) else None
    index = given if type(given) is int else position
    if isinstance(choice, dict) and isinstance(choice.get("text"), str):
        yield Passage(("choices", position, "text"), "text", choice["text"], index)
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        return
    here: Path = ("choices", position, "message")
    for field in ("reasoning_content", "reasoning"):
        if isinstance(message.get(field), str):
            yield Passage((*here, field), "reasoning", message[field], index)
    content = message.get("content")
    if isinstance(content, str):
        yield Passage((*here, "content"), "text", content, index)
    for number, part in enumerate(content if isinstance(content, list) else ()):
        if isinstance(part, dict) and isinstance(part.get("text"), str):
            yield Passage((*here, "content", number, "text"), "text", part["text"], index)
    if isinstance(message.get("refusal"), str):
        yield Passage((*here, "refusal"), "refusal", message["refusal"], index)
    for number, call in enumerate(_list(message, "tool_calls")):
        yield from _call((*here, "tool_calls", number), number, call, index)


def _call(path: Path, number: int, call: Any, index: int) -> Iterator[Passage]:
    for field, argument in (("function", "arguments"), ("custom", "input")):
        called = call.get(field) if isinstance(call, dict) else None
        if isinstance(called, dict) and isinstance(called.get(argument), str):
            known = ToolCall(number, call.get("id"), called.get("name"))
            yield Passage((*path, field, argument), "tool_call", called[argument], index, known)


def _responses(document: Mapping[str, Any]) -> Iterator[Passage]:
    calls = 0
    for position, item in enumerate(_list(document, "output")):
        if not isinstance(item, dict):
            continue
        for field in ("arguments", "input"):
            if isinstance(item.get(field), str):
                call = ToolCall(calls, item.get("call_id"), item.get("name"))
                calls += 1
                yield Passage(("output", position, field), "tool_call", item[field], 0, call)
        for name, kind in (("summary", "reasoning"), ("content", "text")):
            for number, part in enumerate(_list(item, name)):
                here: Path = ("output", position, name, number)
                if isinstance(part, dict) and isinstance(part.get("text"), str):
                    yield Passage((*here, "text"), kind, part["text"])  # type: ignore[arg-type]
                if isinstance(part, dict) and isinstance(part.get("refusal"), str):
                    yield Passage((*here, "refusal"), "refusal", part["refusal"])


def _blocks(document: Mapping[str, Any]) -> Iterator[Passage]:
    calls = 0
    for position, block in enumerate(_list(document, "content")):
        kind = block.get("type") if isinstance(block, dict) else None
        here: Path = ("content", position)
        if kind == "text" and isinstance(block.get("text"), str):
            yield Passage((*here, "text"), "text", block["text"])
        elif kind == "thinking" and isinstance(block.get("thinking"), str):
            yield Passage((*here, "thinking"), "reasoning", block["thinking"])
        elif kind == "tool_use":
            call = ToolCall(calls, block.get("id"), block.get("name"))
            calls += 1
            yield Passage((*here, "input"), "tool_call", orjson.dumps(block.get("input") or {}).decode(), 0, call)


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    return value if isinstance(value, list) else []
