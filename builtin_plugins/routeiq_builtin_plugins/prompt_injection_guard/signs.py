"""What is worth a closer look in a text: one pass of an automaton tells, so that most texts cost no more than that."""

from __future__ import annotations

from typing import Final

import re2

_SIGNS: Final = {
    "base64": r"[A-Za-z0-9+/_-]{20}",
    "hex": r"(?:[0-9A-Fa-f]{2}[ :,]?){10}",
    "url": r"%[0-9A-Fa-f]{2}",
    "html": r"&(?:#[0-9xX]|[A-Za-z]{2,8};)",
    "escapes": r"\\x[0-9A-Fa-f]{2}|\\[uU][0-9A-Fa-f]{4}|\\u\{",
    "digits": r"[A-Za-z][013457][A-Za-z]|[013457][A-Za-z]+[013457]",
    "spelt": r"(?:[ .\-_*|\n]|^)[A-Za-z](?:[ .\-_*|][A-Za-z]){5}",
    "tags": r"[\x{E0020}-\x{E007E}]",
    "selectors": r"[\x{FE00}-\x{FE0F}\x{E0100}-\x{E01EF}]{4}",
    "marks": r"[<>\[\]]|##|(?i:system|developer|admin|administrator|root|user|human)[^\n:]*:",
}


class Signs:
    """Tells which signs there are."""

    __slots__ = ("_names", "_set")

    def __init__(self) -> None:
        self._names = tuple(_SIGNS)
        self._set = re2.Set.SearchSet()
        for expression in _SIGNS.values():
            self._set.Add(expression)
        self._set.Compile()

    def of(self, text: str) -> frozenset[str]:
        """Return the signs of a text: forms that it may have something written in, and `marks` of another's turn."""
        found = self._set.Match(text.encode("utf-8", "replace"))
        return _NONE if not found else frozenset([self._names[number] for number in found])


_NONE: Final[frozenset[str]] = frozenset()
