"""Every text of a conversation or of a JSON value: what guards read, and where it stands, so that it can be replaced.

A guard that looks at the last message alone misses what came in by a tool's result or by an earlier turn. These find
all of it, in the order in which a model reads it, tolerate whatever shapes clients send, and copy only what changes:

    changed = {text.where: cleaned for text in message_texts(messages) if (cleaned := clean(text.text)) != text.text}
    return {"messages": with_message_texts(messages, changed)} if changed else None
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias, TypeGuard

TextKind: TypeAlias = Literal["text", "reasoning", "tool_call"]
"""What a text is: said or shown (`text`), thought (`reasoning`), or the arguments of a tool call, which are JSON."""

_REASONING: Final = ("reasoning_content", "reasoning")
_PART_TEXTS: Final[Mapping[str, TextKind]] = {"text": "text", "refusal": "text", "thinking": "reasoning"}
_MEDIA: Final = ("mimeType", "mediaType", "media_type")
_MEDIA_DATA: Final = frozenset({"blob", "bytes", "data", "raw"})
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{64,}={0,2}")


class TextPlace:
    """Where a text stands: `tuple(place)` are the keys and positions that lead to it.

    Each step knows the one above it alone, so that a million texts of a deep value cost no more than shallow ones.

    Attributes:
        above: The place of the list or mapping that it is in; None for the value itself.
        step: The key or position in that.
    """

    __slots__ = ("above", "step")

    def __init__(self, above: TextPlace | None = None, step: str | int = "") -> None:
        self.above = above
        self.step = step

    def __iter__(self) -> Iterator[str | int]:
        steps: list[str | int] = []
        place = self
        while place.above is not None:
            steps.append(place.step)
            place = place.above
        return reversed(steps)

    def __repr__(self) -> str:
        return f"<TextPlace {tuple(self)!r}>"


class MessageText(NamedTuple):
    """One text of a conversation.

    Attributes:
        role: Of its message: `system`, `user`, `assistant`, `tool` ...; empty where the message does not say.
        kind: `text`, `reasoning`, or `tool_call`: the arguments of a call, as JSON text.
        text: The text itself.
        where: The message's position, then keys and positions.
    """

    role: str
    kind: TextKind
    text: str
    where: TextPlace


class JSONText(NamedTuple):
    """One text of a JSON value.

    Attributes:
        text: The text itself.
        where: Empty where the value itself is the text.
    """

    text: str
    where: TextPlace


def message_texts(messages: Sequence[Mapping[str, Any]]) -> list[MessageText]:
    """Return every text of every message, in order: of all roles, tools' results and the arguments of calls included.

    Of content in parts, each text part is one; images, audio and files have none. Arguments that are no JSON text but
    an object have a `text` for each text in it. What has another shape than messages have is passed over.
    """
    found: list[MessageText] = []
    root = TextPlace()
    for position, message in enumerate(messages):
        if type(message) is not dict and not isinstance(message, Mapping):
            continue
        role, content = message.get("role"), message.get("content")
        if type(role) is str and type(content) is str and len(message) == 2:  # nearly always
            where = TextPlace(TextPlace(root, position), "content")
            found.append(MessageText(role, "text", content, where))
        else:
            _read_message(found, role if isinstance(role, str) else "", message, TextPlace(root, position))
    return found


def with_message_texts(
    messages: Sequence[Mapping[str, Any]], changed: Mapping[TextPlace, str]
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
    return [JSONText(text, where) for text, where in _strings(value, TextPlace())]


def with_json_texts(value: Any, changed: Mapping[TextPlace, str]) -> Any:
    """Return the value with other texts in it; the very same object if nothing differs.

    Args:
        value: It is not changed; what is not on the way to a changed text is shared with it.
        changed: The new texts, by `JSONText.where`.

    Raises:
        KeyError: there is no text at that place.
    """
    return _replaced(value, changed)


def _read_message(found: list[MessageText], role: str, message: Mapping[str, Any], place: TextPlace) -> None:
    found += [
        MessageText(role, "reasoning", message[name], TextPlace(place, name))
        for name in _REASONING
        if isinstance(message.get(name), str)
    ]
    content = message.get("content")
    if content is not None:
        there = TextPlace(place, "content")
        if isinstance(content, str):
            found.append(MessageText(role, "text", content, there))
        else:
            found += [MessageText(role, kind, text, where) for kind, text, where in _parts(content, there)]
    if isinstance(message.get("refusal"), str):
        found.append(MessageText(role, "text", message["refusal"], TextPlace(place, "refusal")))
    calls = message.get("tool_calls")
    if _is_list(calls):
        there = TextPlace(place, "tool_calls")
        for number, call in enumerate(calls):
            for name in ("function", "custom"):
                if isinstance(call, Mapping):
                    _read_call(found, role, call.get(name), TextPlace(TextPlace(there, number), name))
    if message.get("function_call") is not None:
        _read_call(found, role, message["function_call"], TextPlace(place, "function_call"))


def _read_call(found: list[MessageText], role: str, called: object, place: TextPlace) -> None:
    if not isinstance(called, Mapping):
        return
    arguments, there = called.get("arguments"), TextPlace(place, "arguments")
    if isinstance(arguments, str):
        found.append(MessageText(role, "tool_call", arguments, there))
    else:
        found += [MessageText(role, "text", text, where) for text, where in _strings(arguments, there)]
    if isinstance(called.get("input"), str):  # a custom tool's, which is any text
        found.append(MessageText(role, "text", called["input"], TextPlace(place, "input")))


def _parts(content: object, place: TextPlace) -> Iterator[tuple[TextKind, str, TextPlace]]:
    """Yield the texts of content in parts; without recursion, since it is the client who says how deep it is."""
    waiting: list[tuple[object, TextPlace]] = [(content, place)]
    while waiting:
        part, place = waiting.pop()
        if isinstance(part, str):
            yield "text", part, place
        elif _is_list(part):
            waiting += [(part[number], TextPlace(place, number)) for number in reversed(range(len(part)))]
        elif isinstance(part, Mapping):
            for name, kind in _PART_TEXTS.items():
                if isinstance(part.get(name), str):
                    yield kind, part[name], TextPlace(place, name)
            # Results of tools have content of their own, and documents of Anthropic's API a source.
            source = part.get("source")
            if isinstance(source, Mapping) and source.get("type") == "text" and isinstance(source.get("data"), str):
                yield "text", source["data"], TextPlace(TextPlace(place, "source"), "data")
            if part.get("content") is not None:
                waiting.append((part["content"], TextPlace(place, "content")))


def _strings(value: object, place: TextPlace) -> Iterator[tuple[str, TextPlace]]:
    waiting: list[tuple[object, TextPlace]] = [(value, place)]
    while waiting:
        item, place = waiting.pop()
        if isinstance(item, str):
            yield item, place
        elif _is_list(item):
            waiting += [(item[number], TextPlace(place, number)) for number in reversed(range(len(item)))]
        elif isinstance(item, Mapping):
            media = any(isinstance(item.get(name), str) for name in _MEDIA)
            waiting += [
                (below, TextPlace(place, name))
                for name, below in reversed(list(item.items()))
                if not (media and name in _MEDIA_DATA and isinstance(below, str) and _BASE64.fullmatch(below))
            ]


def _replaced(value: Any, changed: Mapping[TextPlace, str]) -> Any:
    """Return the value with other texts, its containers copied on the way to them and nowhere else."""
    edit = _Edit(value)
    for place, text in changed.items():
        old = edit.original(place)
        if not isinstance(old, str):
            raise KeyError(f"what stands at {place!r} is no text, but {type(old).__name__}")
        if old == text:
            continue
        if place.above is None:
            return text
        edit.copy(place.above)[place.step] = text
    return edit.new


class _Edit:
    """A value and its copy in the making: what was looked up or copied is so once, wherever in it."""

    def __init__(self, value: Any) -> None:
        self.new = value
        self._value = value
        self._originals: dict[TextPlace, Any] = {}
        self._copies: dict[TextPlace, Any] = {}
        # Two places of different walks can be the same: what the copy of one has, the other must not make anew.
        self._made: dict[tuple[int, str | int], Any] = {}

    def original(self, place: TextPlace) -> Any:
        """Return what stands at a place. Raises KeyError where there is nothing."""
        for step in _unknown(place, self._originals):
            if step.above is None:
                self._originals[step] = self._value
                continue
            try:
                above = self._originals[step.above]
                self._originals[step] = None if isinstance(above, str) else above[step.step]
            except (LookupError, TypeError):
                raise KeyError(f"there is nothing at {place!r}: a place is the `where` of a text of this") from None
        return self._originals[place]

    def copy(self, place: TextPlace) -> Any:
        """Return the copy of the list or mapping at a place."""
        for step in _unknown(place, self._copies):
            if step.above is None:
                if self.new is self._value:
                    self.new = _copied(self._value)
                self._copies[step] = self.new
                continue
            above = self._copies[step.above]
            key = id(above), step.step
            if key not in self._made:
                self._made[key] = above[step.step] = _copied(above[step.step])
            self._copies[step] = self._made[key]
        return self._copies[place]


def _unknown(place: TextPlace, known: Mapping[TextPlace, Any]) -> Iterator[TextPlace]:
    """Return the places on the way to one that are not known yet, the topmost first."""
    steps: list[TextPlace] = []
    step: TextPlace | None = place
    while step is not None and step not in known:
        steps.append(step)
        step = step.above
    return reversed(steps)


def _copied(container: Any) -> Any:
    return dict(container) if isinstance(container, Mapping) else list(container)


def _is_list(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    return isinstance(value, list | tuple)
