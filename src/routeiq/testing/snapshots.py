"""What a value was, to tell whether it was changed: hooks are handed read-only values, and nothing enforces that else.

A snapshot holds everything that can change in a value: what is in dicts, lists, sets, models, and in the SDK's own
types. An object of any other type is compared by identity.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any, Final, NamedTuple

from pydantic import BaseModel
from routeiq_plugin_sdk import Headers, LLMCall, PluginRequest, ResponseMetadata

_SHOWN: Final = 60
_ATOMS: Final = (str, bytes, int, float, complex, bool, type(None), type)
# What is not listed of these types the host writes while a hook runs, or it belongs to plugins (`shared`).
_ATTRIBUTES: Final[Mapping[type, tuple[str, ...]]] = {
    PluginRequest: ("id", "method", "path", "headers", "query_string", "principal"),
    ResponseMetadata: ("status_code", "headers", "short_circuited_by"),
    LLMCall: ("id", "api", "model", "stream", "headers", "origin", "principal"),
    Headers: ("raw",),
}


class _Parts(NamedTuple):
    """A value that can change, by its parts; `form` says how a part is written behind the value."""

    kind: type
    form: Callable[[Any], str]
    parts: dict[Any, Any]


class _Members(NamedTuple):
    """A set."""

    members: frozenset[Any]


class _Same(NamedTuple):
    """A value that is compared by identity; held, so that its identity is not given to another one."""

    value: Any


def snapshot(value: Any) -> Any:
    """Return what a value is now."""
    return _Taker().take(value)


def change(before: Any, value: Any, name: str) -> str | None:
    """Return where a value is another one than in its snapshot, and from what to what; None if nowhere.

    Args:
        before: Its snapshot.
        value: The very same value, later.
        name: What the value is called.
    """
    return next(_differences(before, snapshot(value), name), None)


class _Taker:
    """Takes one snapshot; a value that contains itself is met once."""

    def __init__(self) -> None:
        self._open: set[int] = set()

    def take(self, value: Any) -> Any:
        if isinstance(value, _ATOMS):
            return value
        if id(value) in self._open:
            return _Same(value)
        self._open.add(id(value))
        try:
            return self._parts(value)
        finally:
            self._open.discard(id(value))

    def _parts(self, value: Any) -> Any:
        for kind, names in _ATTRIBUTES.items():
            if isinstance(value, kind):
                return self._of(value, _dotted, {name: getattr(value, name) for name in names})
        if isinstance(value, BaseModel):
            return self._of(value, _dotted, {**_kept(value), **(value.model_extra or {})})
        if dataclasses.is_dataclass(value):
            return self._of(value, _dotted, {one.name: getattr(value, one.name) for one in dataclasses.fields(value)})
        if isinstance(value, Mapping):
            return self._of(value, _indexed, dict(value))
        if isinstance(value, list | tuple | deque):
            return self._of(value, _indexed, dict(enumerate(value)))
        if isinstance(value, bytearray):
            return bytes(value)
        if isinstance(value, AbstractSet):
            return _Members(frozenset(value))
        return _Same(value)

    def _of(self, value: Any, form: Callable[[Any], str], parts: Mapping[Any, Any]) -> _Parts:
        return _Parts(type(value), form, {name: self.take(one) for name, one in parts.items()})


def _kept(model: BaseModel) -> dict[str, Any]:
    """Return a model's attributes, less what it has worked out of them and remembers: that changes nothing."""
    kind = type(model)
    return {
        name: value for name, value in vars(model).items() if not isinstance(getattr(kind, name, None), cached_property)
    }


def _dotted(name: Any) -> str:
    return f".{name}"


def _indexed(key: Any) -> str:
    return f"[{key!r}]"


def _differences(before: Any, after: Any, where: str) -> Iterator[str]:
    if isinstance(before, _Parts) and isinstance(after, _Parts) and before.kind is after.kind:
        for name, part in before.parts.items():
            if name not in after.parts:
                yield f"{where}{before.form(name)} was removed"
            else:
                yield from _differences(part, after.parts[name], f"{where}{before.form(name)}")
        for name, part in after.parts.items():
            if name not in before.parts:
                yield f"{where}{before.form(name)} was added: {_shown(part)}"
    elif not _equal(before, after):
        yield f"{where} was {_shown(before)}, and is {_shown(after)}"


def _equal(before: Any, after: Any) -> bool:
    if isinstance(before, _Same) and isinstance(after, _Same):
        return before.value is after.value
    if type(before) is not type(after):
        return False
    # NaN is what it was.
    return bool(before == after) or (before != before and after != after)


def _shown(part: Any) -> str:
    text = repr(_value(part))
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def _value(part: Any) -> Any:
    if isinstance(part, _Parts):
        values = {name: _value(one) for name, one in part.parts.items()}
        return list(values.values()) if issubclass(part.kind, list | tuple | deque) else values
    if isinstance(part, _Members):
        return set(part.members)
    return part.value if isinstance(part, _Same) else part
