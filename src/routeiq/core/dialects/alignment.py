"""Which message became which, when a plugin hands back a list of messages that differs from the one it was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

import orjson

Messages = Sequence[Mapping[str, Any]]


def align(old: Messages, new: Messages) -> list[int | None]:
    """Return for each new message the position of the old one that it is or replaces, or None if it was added.

    Equal messages are paired first; between them, those that speak in the same role in the same order.
    """
    pairs: list[int | None] = [None] * len(new)
    for start, stop, new_start, new_stop in _gaps([_key(m) for m in old], [_key(m) for m in new], pairs):
        if stop - start == new_stop - new_start:
            pairs[new_start:new_stop] = range(start, stop)
            continue
        inner: list[int | None] = [None] * (new_stop - new_start)
        roles = [_role(m) for m in old[start:stop]]
        _gaps(roles, [_role(m) for m in new[new_start:new_stop]], inner)
        pairs[new_start:new_stop] = [None if position is None else start + position for position in inner]
    return pairs


def _gaps(old: list[bytes], new: list[bytes], pairs: list[int | None]) -> list[tuple[int, int, int, int]]:
    """Pair what is equal; return the stretches between, as (old start, old stop, new start, new stop)."""
    gaps = []
    position = new_position = 0
    for start, new_start, size in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        pairs[new_start : new_start + size] = range(start, start + size)
        if position < start or new_position < new_start:
            gaps.append((position, start, new_position, new_start))
        position, new_position = start + size, new_start + size
    return gaps


def _key(message: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(message, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return repr(message).encode(errors="backslashreplace")


def _role(message: Mapping[str, Any]) -> bytes:
    return f"{message.get('role')} {message.get('tool_call_id')}".encode(errors="backslashreplace")
