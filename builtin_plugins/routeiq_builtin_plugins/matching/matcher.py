"""Many patterns at once: one pass tells which of them match at all, and only those are looked for singly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import re2

from ..folding import Folded, fold
from .pattern import Pattern, PatternError

_PROBE: Final = "\x00routeiq: this text is in no other pattern\x00"


class Match(NamedTuple):
    """What a pattern has found.

    Attributes:
        start: Where it begins, in characters of the text.
        end: Where it ends.
        valid: Whether it is what is meant: else it only looks like it.
    """

    pattern: Pattern
    start: int
    end: int
    valid: bool = True


class _Set:
    """Several patterns, matched together."""

    def __init__(self, patterns: Sequence[Pattern], memory: int) -> None:
        """Raises PatternError where the patterns need more memory than they may take."""
        self._patterns = patterns
        options = re2.Options()
        options.log_errors = False
        options.max_mem = memory
        self._set: Any = re2.Set.SearchSet(options)
        for pattern in patterns:
            self._set.Add(pattern.source)
        probe = self._set.Add(re2.escape(_PROBE))
        try:
            self._set.Compile()
            # Without memory a set matches nothing, and does not say so.
            sound = probe in (self._set.Match(_PROBE) or ())
        except re2.error:
            sound = False
        if not sound:
            needed = f"{len(patterns)} patterns need more than {memory >> 20} MiB"
            raise PatternError(f"{needed}: raise memory_mib, or take out large repetitions such as {{1000}}")

    def matching(self, data: bytes) -> list[Pattern]:
        """Return the patterns that match somewhere in a text."""
        numbers = self._set.Match(data)  # None where there are none
        return [self._patterns[number] for number in sorted(numbers or ()) if number < len(self._patterns)]


class Matcher:
    """Patterns that are matched together.

    Attributes:
        patterns: In the order in which they count.
        longest: How many characters what they find has at most.
        folds: Whether any of them is matched in folded text.
    """

    def __init__(self, patterns: Sequence[Pattern], memory_mib: int) -> None:
        """Raises PatternError where the patterns need more memory than they may take."""
        self.patterns = tuple(patterns)
        self.longest = max((pattern.longest for pattern in patterns), default=0)
        self.folds = any(pattern.folds for pattern in patterns)
        self._order = {pattern: number for number, pattern in enumerate(patterns)}
        as_is, folding = (
            [pattern for pattern in patterns if not pattern.folds],
            [pattern for pattern in patterns if pattern.folds],
        )
        self._as_is = _Set(as_is, memory_mib << 20) if as_is else None
        self._folding = _Set(folding, memory_mib << 20) if folding else None

    def matching(self, text: str) -> list[Pattern]:
        """Return the patterns that match somewhere in a text, in their order."""
        found: list[Pattern] = []
        if self._as_is is not None:
            found += self._as_is.matching(encoded(text))
        if self._folding is not None:
            found += self._folding.matching(encoded(fold(text)))
        return sorted(found, key=self._order.__getitem__) if len(found) > 1 else found

    def matches(self, text: str) -> list[Match]:
        """Return what is found in a text, by where it begins."""
        return [match for match in self.candidates(text, self.matching(text)) if match.valid]

    def candidates(
        self, text: str, patterns: Sequence[Pattern], first: int = 0, ends: Mapping[Pattern, int] | None = None
    ) -> list[Match]:
        """Return what patterns match in a text, by where it begins, be it valid or not.

        Args:
            patterns: Those that match somewhere in it.
            first: What begins before is not wanted.
            ends: Where each pattern's latest match before that ended: it is not looked for within that.
        """
        found: list[Match] = []
        seen: dict[bool, _View] = {}
        for pattern in patterns:
            view = seen.get(pattern.folds)
            if view is None:
                view = seen[pattern.folds] = _View(text, pattern.folds)
            found += view.matches(pattern, max(first, ends.get(pattern, 0)) if ends else first)
        found.sort(key=lambda match: (match.start, self._order[match.pattern]))
        return found


class _View:
    """A text as patterns see it, as it is or folded, in bytes."""

    def __init__(self, text: str, folds: bool) -> None:
        self._folded = Folded(text, fold(text) if folds else text)
        self._data = encoded(self._folded.text)
        self._single = len(self._data) == len(self._folded.text)

    def matches(self, pattern: Pattern, first: int) -> list[Match]:
        """Return what a pattern finds from a place on."""
        # What a word must not be preceded by is part of the expression: it has to be there to be matched.
        position = self._folded.position(max(first - pattern.group, 0))
        at = position if self._single else len(encoded(self._folded.text[:position]))
        known = at, position
        found: list[Match] = []
        text, same = self._folded.text, self._folded.text is self._folded.original
        for span in pattern.spans(self._data, at):
            start, end = span
            if not self._single:
                start, known = self._character(start, known)
                end, known = self._character(end, known)
            valid = pattern.valid is None or pattern.valid(text[start:end])
            if not same:
                start, end = self._folded.span(start, end)
            if start >= first:
                found.append(Match(pattern, start, end, valid))
        return found

    def _character(self, byte: int, known: tuple[int, int]) -> tuple[int, tuple[int, int]]:
        """Return which character begins at a byte, counted on from one that is known."""
        at, position = known
        position += len(self._data[at:byte].decode("utf-8", "surrogatepass"))
        return position, (byte, position)


def encoded(text: str) -> bytes:
    """Return a text as UTF-8; halves of surrogate pairs, which JSON can hold, match nothing and harm nobody."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
