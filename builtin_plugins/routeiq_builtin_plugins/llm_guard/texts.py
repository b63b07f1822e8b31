"""Which texts are judged, each with what was said before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from routeiq_plugin_sdk import json_texts, message_texts

from .prompts import Turn

Judged = tuple[Turn, ...]
"""Turns of which the last one is judged."""

OVERLAP: Final = 200
"""Characters of a long text that two of its parts have in common."""


def turns_of(messages: Sequence[Mapping[str, Any]]) -> list[Turn]:
    """Return every text of a conversation as a turn: what models said the assistant's, all else the user's."""
    found = message_texts(messages)
    return [Turn("assistant" if one.role == "assistant" else "user", one.text) for one in found if one.text.strip()]


def turns_of_value(value: Any) -> list[Turn]:
    """Return the texts of a JSON value as one turn of the user's: of a tool's arguments or result, or a message."""
    texts = [one.text for one in json_texts(value) if one.text.strip()]
    return [Turn("user", "\n".join(texts))] if texts else []


def judged(turns: Sequence[Turn], before: int, longest: int, passed: int = 0) -> list[Judged]:
    """Return each turn, or each part of a long one, with so many turns before it; equal ones once.

    Args:
        passed: So many turns at the beginning are only shown.
    """
    found: dict[Judged, None] = {}
    for position, turn in enumerate(turns[passed:], passed):
        shown = [_cut(one, longest) for one in turns[max(0, position - before) : position]]
        for part in parts(turn.text, longest):
            found[(*shown, Turn(turn.role, part))] = None
    return list(found)


def parts(text: str, longest: int) -> Iterable[str]:
    """Yield a text in parts that overlap."""
    begin = 0
    while True:
        yield text[begin : begin + longest]
        if begin + longest >= len(text):
            return
        begin += longest - OVERLAP


def _cut(turn: Turn, longest: int) -> Turn:
    """Return the end of a turn that is only shown."""
    return turn if len(turn.text) <= longest else Turn(turn.role, turn.text[-longest:])
