"""What stands for what, within one call: values and their placeholders. Kept nowhere else, and never told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from .entities import ENTITIES, EntityName

_MOST: Final = 9999
_WRITTEN: Final = re.compile(rf"<({'|'.join(ENTITIES)})_([1-9]\d{{0,3}})>")

PLACEHOLDER: Final = rf"<(?:{'|'.join(ENTITIES)})_[1-9][0-9]{{0,3}}>"
"""What every placeholder looks like."""
QUOTED: Final = rf"\\u003[cC](?:{'|'.join(ENTITIES)})_[1-9][0-9]{{0,3}}\\u003[eE]"
"""The same in JSON text of those who escape angle brackets."""


class Full(Exception):
    """There are more values than placeholders."""


class Vault:
    """Placeholders by value: the same value has the same one through a conversation, numbered as values appear."""

    __slots__ = ("_by_value", "_last", "_taken", "_values")

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """Begin.

        Args:
            texts: What is said already: placeholders that stand in it are its own, and are not used.
        """
        self._by_value: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}
        self._last: dict[str, int] = {}
        self._taken = {found[0] for text in texts if "<" in text for found in _WRITTEN.finditer(text)}

    def __bool__(self) -> bool:
        return bool(self._values)

    def __repr__(self) -> str:
        return f"<Vault of {len(self._values)} values>"

    def placeholder(self, entity: EntityName, value: str) -> str:
        """Return the placeholder of a value. Raises Full."""
        known = self._by_value.get((entity, value))
        if known is not None:
            return known
        number = self._last.get(entity, 0) + 1
        while (made := f"<{entity}_{number}>") in self._taken:
            number += 1
        if number > _MOST:
            raise Full
        self._last[entity] = number
        self._by_value[entity, value] = made
        self._values[made] = value
        return made

    def value(self, placeholder: str) -> str | None:
        """Return what a placeholder stands for, or None where it is none of these."""
        return self._values.get(placeholder)
