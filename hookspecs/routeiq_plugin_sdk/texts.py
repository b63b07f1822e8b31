"""Every text of a conversation or of a JSON value: what guards read, and where it stands, so that it can be replaced.

A guard that looks at the last message alone misses what came in by a tool's result or by an earlier turn. These find
all of it, in the order in which a model reads it, tolerate whatever shapes clients send, and copy only what changes:

    changed = {text.where: cleaned for text in message_texts(messages) if (cleaned := clean(text.text)) != text.text}
    return {"messages": with_message_texts(messages, changed)} if changed else None
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, TypeGuard

TextKind: TypeAlias = Literal["text", "reasoning", "tool_call"]
"""What a text is: said or shown (`text`), thought (`reasoning`), or the arguments of a tool call, which are JSON."""

Where: TypeAlias = tuple[str | int, ...]
"""The keys and positions that lead to a text from the value that it was found in."""

_REASONING: Final = ("reasoning_content", "reasoning")
_PART_TEXTS: Final[Mapping[str, TextKind]] = {"text": "text", "refusal": "text", "thinking": "reasoning"}
_MEDIA: Final = ("mimeType", "mediaType", "media_type")
_MEDIA_DATA: Final = frozenset({"blob", "bytes", "data", "raw"})
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{64,}={0,2}")


@dataclass(frozen=True, slots=True)
class MessageText:
    """One text of a conversation.

    Attributes:
        role: Of its message: `system`, `user`, `assistant`, `tool` ...; empty where the message does not say.
        kind: `text`, `reasoning`, or `tool_call`: the arguments of a call, as JSON text.
        text: The text itself.
        where: What leads to it: the message's position, then keys and positions.
    """

    role: str
    kind: TextKind
    text: str
    where: Where


@dataclass(frozen=True, slots=True)
class JSONText:
    """One text of a JSON value.

    Attributes:
        text: The text itself.
        where: The keys and positions that lead to it; empty where the value itself is the text.
    """

    text: str
    where: Where


def message_texts(messages: Sequence[Mapping[str, Any]]) -> list[MessageText]:
    """Return every text of every message, in order: of all roles, tools' results and the arguments of calls included.

    Of content in parts, each text part is one; images, audio and files have none. Arguments that are no JSON text but
    an object have a `text` for each text in it. What has another shape than messages have is passed over.
    """
    found: list[MessageText] = []
    for position, message in enumerate(messages):
        if isinstance(message, Mapping):
            role = message.get("role")
            _read_message(found, role if isinstance(role, str) else "", message, position)
    return found


def with_message_texts(
    messages: Sequence[Mapping[str, Any]], changed: Mapping[Where, str]
) -> Sequence[Mapping[str, Any]]:
    """Return the messages with other texts in them; the very same object if nothing differs.

    Args:
        messages: They are not changed; what is not on the way to a changed text is shared with them.
        changed: The new texts, by `MessageText.where`.

    Raises:
        KeyError: there is no text at that place.
    """
    new: Sequence[Mapping[str, Any]] = _replaced(messages, changed)
    return new


def json_texts(value: Any) -> list[JSONText]:
    """Return every text of a JSON value, in order: arguments and results of MCP's tools, messages of A2A, any other.

    Keys of objects are not among them, nor images and files: what stands in base64 beside its media type.
    """
    return [JSONText(text, where) for text, where in _strings(value, ())]


def with_json_texts(value: Any, changed: Mapping[Where, str]) -> Any:
    """Return the value with other texts in it; the very same object if nothing differs.

    Args:
        value: It is not changed; what is not on the way to a changed text is shared with it.
        changed: The new texts, by `JSONText.where`.

    Raises:
        KeyError: there is no text at that place.
    """
    return _replaced(value, changed)


def _read_message(found: list[MessageText], role: str, message: Mapping[str, Any], position: int) -> None:
    found += [
        MessageText(role, "reasoning", message[name], (position, name))
        for name in _REASONING
        if isinstance(message.get(name), str)
    ]
    content = message.get("content")
    if isinstance(content, str):  # nearly always: the walk through parts is for the others
        found.append(MessageText(role, "text", content, (position, "content")))
    elif content is not None:
        found += [MessageText(role, kind, text, where) for kind, text, where in _parts(content, (position, "content"))]
    if isinstance(message.get("refusal"), str):
        found.append(MessageText(role, "text", message["refusal"], (position, "refusal")))
    calls = message.get("tool_calls")
    for number, call in enumerate(calls if _is_list(calls) else ()):
        for name in ("function", "custom"):
            if isinstance(call, Mapping):
                _read_call(found, role, call.get(name), (position, "tool_calls", number, name))
    _read_call(found, role, message.get("function_call"), (position, "function_call"))


def _read_call(found: list[MessageText], role: str, called: object, where: Where) -> None:
    if not isinstance(called, Mapping):
        return
    arguments = called.get("arguments")
    if isinstance(arguments, str):
        found.append(MessageText(role, "tool_call", arguments, (*where, "arguments")))
    else:
        found += [MessageText(role, "text", text, place) for text, place in _strings(arguments, (*where, "arguments"))]
    if isinstance(called.get("input"), str):  # a custom tool's, which is any text
        found.append(MessageText(role, "text", called["input"], (*where, "input")))


def _parts(content: object, where: Where) -> Iterator[tuple[TextKind, str, Where]]:
    """Yield the texts of content in parts; without recursion, since it is the client who says how deep it is."""
    waiting: list[tuple[object, Where]] = [(content, where)]
    while waiting:
        part, place = waiting.pop()
        if isinstance(part, str):
            yield "text", part, place
        elif _is_list(part):
            waiting += [(part[number], (*place, number)) for number in reversed(range(len(part)))]
        elif isinstance(part, Mapping):
            for name, kind in _PART_TEXTS.items():
                if isinstance(part.get(name), str):
                    yield kind, part[name], (*place, name)
            # Results of tools have content of their own, and documents of Anthropic's API a source.
            source = part.get("source")
            if isinstance(source, Mapping) and source.get("type") == "text" and isinstance(source.get("data"), str):
                yield "text", source["data"], (*place, "source", "data")
            if part.get("content") is not None:
                waiting.append((part["content"], (*place, "content")))


def _strings(value: object, where: Where) -> Iterator[tuple[str, Where]]:
    waiting: list[tuple[object, Where]] = [(value, where)]
    while waiting:
        item, place = waiting.pop()
        if isinstance(item, str):
            yield item, place
        elif _is_list(item):
            waiting += [(item[number], (*place, number)) for number in reversed(range(len(item)))]
        elif isinstance(item, Mapping):
            media = any(isinstance(item.get(name), str) for name in _MEDIA)
            waiting += [
                (below, (*place, name))
                for name, below in reversed(list(item.items()))
                if not (media and name in _MEDIA_DATA and isinstance(below, str) and _BASE64.fullmatch(below))
            ]


def _replaced(value: Any, changed: Mapping[Where, str]) -> Any:
    """Return the value with other texts, its containers copied on the way to them and nowhere else."""
    new = value
    copies: dict[Where, Any] = {}
    for where, text in changed.items():
        if _text_at(value, where) == text:
            continue
        if not where:
            return text
        if not copies:
            new = copies[()] = _copied(value)
        for length in range(1, len(where)):
            if where[:length] not in copies:
                container = copies[where[: length - 1]]
                copies[where[:length]] = container[where[length - 1]] = _copied(container[where[length - 1]])
        copies[where[:-1]][where[-1]] = text
    return new


def _text_at(value: Any, where: Where) -> str:
    for step in where:
        try:
            value = None if isinstance(value, str) else value[step]
        except (LookupError, TypeError):
            raise KeyError(f"there is nothing at {where!r}: a place is the `where` of a text of this value") from None
    if not isinstance(value, str):
        raise KeyError(f"what stands at {where!r} is no text, but {type(value).__name__}")
    return value


def _copied(container: Any) -> Any:
    return dict(container) if isinstance(container, Mapping) else list(container)


def _is_list(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    return isinstance(value, list | tuple)
