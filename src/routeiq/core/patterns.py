"""Which of many patterns a text matches, as a bitmask: looked up, not tried one after the other.

In a pattern `*` stands for any number of characters, also for none; every other character stands for itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

MOST_REMEMBERED: Final = 2048
"""Texts whose answer is remembered. Clients choose the texts: one more, and all are forgotten."""
LONGEST_REMEMBERED: Final = 256


class _Glob(NamedTuple):
    """What follows the first `*` of a pattern: texts in this order, and the one at the end."""

    middle: tuple[str, ...]
    last: str
    mask: int

    def matches(self, text: str, start: int) -> bool:
        """Return whether the rest of a text, from `start` on, matches. Takes time linear in it for each part."""
        end = len(text) - len(self.last)
        if end < start or not text.endswith(self.last):
            return False
        for part in self.middle:
            start = text.find(part, start, end) + len(part)
            if start < len(part):  # find returned -1
                return False
        return True


class PatternIndex:
    """Patterns, each with a mask of its own.

    Exact texts and what begins with one are found in dictionaries; any other pattern is tried only on texts that begin
    as it does.
    """

    def __init__(self, patterns: Iterable[tuple[str, int]], always: int = 0) -> None:
        """Index patterns; one that stands twice has both masks.

        Args:
            always: A mask that every text has.
        """
        self._always = always
        exact: dict[str, int] = {}
        prefixes: dict[int, dict[str, int]] = {}
        globs: dict[int, dict[str, list[_Glob]]] = {}
        for pattern, mask in patterns:
            first, star, rest = pattern.partition("*")
            if not star:
                exact[first] = exact.get(first, 0) | mask
            elif not rest.strip("*"):
                known = prefixes.setdefault(len(first), {})
                known[first] = known.get(first, 0) | mask
            else:
                *middle, last = rest.split("*")
                glob = _Glob(tuple(filter(None, middle)), last, mask)
                globs.setdefault(len(first), {}).setdefault(first, []).append(glob)
        self._prefixes = sorted(prefixes.items())
        self._globs = sorted(globs.items())
        self._exact = {text: mask | self._otherwise(text) for text, mask in exact.items()}
        self._known = dict(self._exact)

    def __call__(self, text: str) -> int:
        """Return the masks of all patterns that a text matches, in one."""
        known = self._known.get(text)
        return self._remembered(text) if known is None else known

    def _remembered(self, text: str) -> int:
        mask = self._otherwise(text)
        if len(text) <= LONGEST_REMEMBERED and (self._globs or self._prefixes):
            if len(self._known) >= MOST_REMEMBERED + len(self._exact):
                self._known = dict(self._exact)
            self._known[text] = mask
        return mask

    def _otherwise(self, text: str) -> int:
        """Return the masks of a text by the patterns that are no exact ones."""
        mask = self._always
        for length, masks in self._prefixes:
            mask |= masks.get(text[:length], 0)
        for length, buckets in self._globs:
            for glob in buckets.get(text[:length], ()):
                if glob.matches(text, length):
                    mask |= glob.mask
        return mask
