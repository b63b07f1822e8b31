"""All rules of a direction at once: one pass tells which of them match at all, and only those are looked for singly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import re2

from ..folding import Folded, fold
from .rules import CompiledRule, PatternError

_PROBE: Final = "\x00routeiq: this text is in no other pattern\x00"


@dataclass(frozen=True, slots=True)
class Match:
    """What a rule has found.

    Attributes:
        start: Where it begins, in characters of the text.
        end: Where it ends.
    """

    rule: CompiledRule
    start: int
    end: int


class _Set:
    """Several patterns, matched together."""

    def __init__(self, rules: Sequence[CompiledRule], memory: int) -> None:
        """Raises PatternError where the patterns need more memory than they may take."""
        self._rules = rules
        options = re2.Options()
        options.log_errors = False
        options.max_mem = memory
        self._set: Any = re2.Set.SearchSet(options)
        for rule in rules:
            self._set.Add(rule.source)
        probe = self._set.Add(re2.escape(_PROBE))
        try:
            self._set.Compile()
            sound = probe in (
                self._set.Match(_PROBE) or ()
            )  # without memory a set matches nothing, and does not say so
        except re2.error:
            sound = False
        if not sound:
            needed = f"{len(rules)} rules need more than {memory >> 20} MiB"
            raise PatternError(f"{needed}: raise memory_mib, or take out large repetitions such as {{1000}}")

    def matching(self, data: bytes) -> list[CompiledRule]:
        """Return the rules that match somewhere in a text."""
        numbers = self._set.Match(data)  # None where there are none
        return [self._rules[number] for number in sorted(numbers or ()) if number < len(self._rules)]


class Matcher:
    """The rules of one direction.

    Attributes:
        rules: In the order in which they count.
        longest: How many characters what they find has at most.
        folds: Whether any of them is matched in folded text.
    """

    def __init__(self, rules: Sequence[CompiledRule], memory_mib: int) -> None:
        """Raises PatternError where the rules need more memory than they may take."""
        self.rules = tuple(rules)
        self.longest = max((rule.longest for rule in rules), default=0)
        self.folds = any(rule.folds for rule in rules)
        self._order = {rule: number for number, rule in enumerate(rules)}
        as_is, folding = [rule for rule in rules if not rule.folds], [rule for rule in rules if rule.folds]
        self._as_is = _Set(as_is, memory_mib << 20) if as_is else None
        self._folding = _Set(folding, memory_mib << 20) if folding else None

    def matching(self, text: str) -> list[CompiledRule]:
        """Return the rules that match somewhere in a text, in their order."""
        found: list[CompiledRule] = []
        if self._as_is is not None:
            found += self._as_is.matching(encoded(text))
        if self._folding is not None:
            found += self._folding.matching(encoded(fold(text)))
        return sorted(found, key=self._order.__getitem__) if len(found) > 1 else found

    def matches(
        self, text: str, rules: Sequence[CompiledRule], first: int = 0, ends: Mapping[CompiledRule, int] | None = None
    ) -> list[Match]:
        """Return what rules find in a text, by where it begins.

        Args:
            rules: Those that match somewhere in it.
            first: What begins before is not wanted.
            ends: Where each rule's latest match before that ended: it is not looked for within that.
        """
        found: list[Match] = []
        seen: dict[bool, _View] = {}
        for rule in rules:
            view = seen.get(rule.folds)
            if view is None:
                view = seen[rule.folds] = _View(text, rule.folds)
            found += view.matches(rule, max(first, ends.get(rule, 0)) if ends else first)
        found.sort(key=lambda match: (match.start, self._order[match.rule]))
        return found


class _View:
    """A text as rules see it, as it is or folded, in bytes."""

    def __init__(self, text: str, folds: bool) -> None:
        self._folded = Folded(text, fold(text) if folds else text)
        self._data = encoded(self._folded.text)
        self._single = len(self._data) == len(self._folded.text)

    def matches(self, rule: CompiledRule, first: int) -> list[Match]:
        """Return what a rule finds from a place on."""
        # What a word must not be preceded by is part of the expression: it has to be there to be matched.
        position = self._folded.position(max(first - rule.group, 0))
        at = position if self._single else len(encoded(self._folded.text[:position]))
        known = at, position
        found: list[Match] = []
        for start, end in rule.spans(self._data, at):
            begin, known = self._character(start, known)
            stop, known = self._character(end, known)
            match = Match(rule, *self._folded.span(begin, stop))
            if match.start >= first:
                found.append(match)
        return found

    def _character(self, byte: int, known: tuple[int, int]) -> tuple[int, tuple[int, int]]:
        """Return which character begins at a byte, counted on from one that is known."""
        if self._single:
            return byte, known
        at, position = known
        position += len(self._data[at:byte].decode("utf-8", "surrogatepass"))
        return position, (byte, position)


def encoded(text: str) -> bytes:
    """Return a text as UTF-8; halves of surrogate pairs, which JSON can hold, match nothing and harm nobody."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
