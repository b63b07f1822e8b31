"""How long the matches of a regular expression can be: what a stream has to be held back by."""

from __future__ import annotations

import re
from typing import Final

_QUANTIFIER: Final = re.compile(r"(?:([*+?])|\{(\d+)(,?)(\d*)\})[?]?")
_GROUP: Final = re.compile(r"\((?:\?(?:P?<\w+>|[imsU-]*(?P<end>\))?:?))?")
_ESCAPE: Final = re.compile(r"\\(?:[pP]\{[^}]*\}|[pP].|x\{[^}]*\}|x..|[0-7]{1,3}|.)", re.DOTALL)
_CLASS: Final = re.compile(r"\[\^?\]?(?:\[:\^?\w+:\]|\\[pP]\{[^}]*\}|\\.|[^\]\\])*\]", re.DOTALL)
_EMPTY: Final = frozenset({r"\A", r"\z", r"\b", r"\B"})


class _Level:
    """A group in the making: the longest of the alternatives before, and the one at hand."""

    def __init__(self) -> None:
        self.longest: float = 0
        self.current: float = 0
        self.last: float = 0  # the length of the latest piece, which a quantifier repeats

    def add(self, length: float) -> None:
        self.current += length
        self.last = length

    def repeat(self, times: float) -> None:
        if 0 < self.last < float("inf") and times != 1:
            self.current += self.last * times - self.last
            self.last *= times

    def alternative(self) -> None:
        self.longest = max(self.longest, self.current)
        self.current = self.last = 0


def longest_match(pattern: str) -> int | None:
    """Return how many characters a match of a regular expression (RE2's syntax) has at most; None: there is no end.

    Args:
        pattern: One that RE2 accepts: what it would refuse is not looked for.
    """
    levels = [_Level()]
    position = 0
    while position < len(pattern):
        character, level = pattern[position], levels[-1]
        quantifier = _QUANTIFIER.match(pattern, position)
        if quantifier:
            level.repeat(_times(quantifier))
            position = quantifier.end()
        elif character == "(":
            group = _GROUP.match(pattern, position)
            assert group is not None
            if not group["end"]:  # `(?i)` sets flags, and is no group
                levels.append(_Level())
            position = group.end()
        elif character == ")":
            level.alternative()
            levels.pop()
            levels[-1].add(level.longest)
            position += 1
        elif character == "|":
            level.alternative()
            position += 1
        elif pattern.startswith(r"\Q", position):
            end = pattern.find(r"\E", position)
            end = len(pattern) if end < 0 else end
            for _ in range(end - position - 2):
                level.add(1)
            position = end + 2
        else:
            position = _piece(pattern, position, level)
    levels[0].alternative()
    longest = levels[0].longest
    return None if longest == float("inf") else int(longest)


def _times(quantifier: re.Match[str]) -> float:
    if quantifier[1]:
        return 1 if quantifier[1] == "?" else float("inf")
    if quantifier[3]:
        return float(quantifier[4]) if quantifier[4] else float("inf")
    return float(quantifier[2])


def _piece(pattern: str, position: int, level: _Level) -> int:
    """Add one character, class or assertion; return where it ends."""
    found = _ESCAPE.match(pattern, position) or _CLASS.match(pattern, position)
    text = pattern[position] if found is None else found[0]
    level.add(0 if text in _EMPTY or text in "^$" else 1)
    return position + len(text)
