"""How much a text looks like an injection, and what in it does.

Signs add up as independent ones do: 1 - (1 - a)(1 - b) ... Of each family of rules the heaviest counts whole, and the
others, which often are the same thing said twice, half. What was found only by undoing an encoding or a disguise is the
more suspicious for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from .forms import backwards, lowered, marked, words
from .rules import Rule, Rules
from .signs import Signs
from .unfolding import Layer, layers

_OPEN: Final = frozenset({"html", "url", "escapes"})
"""Encodings that stand in many texts, and hide nothing by themselves."""
_REPORTED: Final = 0.45
"""What a weight is multiplied by where somebody tells of a passage instead of saying it."""
_BEFORE: Final = 90  # bytes before and behind a passage in which it is looked for who tells of it
_AFTER: Final = 40
_MOST_PASSAGES: Final = 12  # of one rule in one text that are looked at
_SEPARATORS: Final = r"[ .\-_*|]"
_SPELT_WORD: Final = re.compile(rf"(?<!\w)\w(?:{_SEPARATORS}\w(?!\w))+")
_UNSEEN_SPACE: Final = re.compile("[\u200b-\u200d\u2060\ufeff]+")
_ROT13: Final = bytes.maketrans(b"abcdefghijklmnopqrstuvwxyz", b"nopqrstuvwxyzabcdefghijklm")


@dataclass(frozen=True, slots=True)
class Finding:
    """A sign of an injection.

    Attributes:
        how: What had to be undone to see it: `base64`, `rot13`, `reversed` ...; empty if nothing.
    """

    family: str
    weight: float
    how: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What there is to say of a text: a score from 0 to 1, and why."""

    score: float = 0.0
    findings: tuple[Finding, ...] = ()


CLEAN: Final = Verdict()


class Scanner:
    """Judges texts by rules."""

    __slots__ = ("_rules", "_signs")

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._signs = Signs()

    def scan(self, text: str, *, untrusted: bool = False) -> Verdict:
        """Return the verdict on a text.

        Args:
            untrusted: Whether it is what a tool or a document brought in, and nobody's words to the model.
        """
        found: dict[Rule, Finding] = {}
        for layer in layers(text, self._signs):
            for rule, finding in self._findings(layer, untrusted):
                known = found.get(rule)
                if known is None or finding.weight > known.weight:
                    found[rule] = finding
        return _verdict(found.values()) if found else CLEAN

    def _findings(self, layer: Layer, untrusted: bool) -> Iterator[tuple[Rule, Finding]]:
        rules, how = self._rules, "+".join(layer.how)
        spoken = words(layer.text)
        shown = marked(layer.text) if "marks" in layer.signs else b""
        in_words = rules.words.matching(spoken)
        in_marked = rules.marked.matching(shown) if shown else []
        hidden = not _OPEN.issuperset(layer.how)
        yield from self._said(spoken, in_words, untrusted, how, hidden)
        yield from self._said(shown, in_marked, untrusted, how, hidden)
        plain = {id(rule) for rule in (*in_words, *in_marked)}
        for disguise, found in self._disguised(layer, spoken, shown):
            for rule in found:
                if id(rule) not in plain:
                    yield rule, Finding(rule.family, _raised(rule.untrusted), "+".join((*layer.how, disguise)))

    def _said(
        self, text: bytes, matching: Sequence[Rule], untrusted: bool, how: str, hidden: bool
    ) -> Iterator[tuple[Rule, Finding]]:
        for rule in matching:
            if hidden:
                yield rule, Finding(rule.family, _raised(rule.untrusted), how)
                continue
            share = self._share(rule, text)
            if share:
                yield rule, Finding(rule.family, share * (rule.untrusted if untrusted else rule.weight), how)

    def _share(self, rule: Rule, text: bytes) -> float:
        """Return how much of a rule's weight counts: 1 if a passage is said, less if it is told of, 0 if harmless."""
        most = 0.0
        for number, found in enumerate(rule.expression.finditer(text)):
            if number >= _MOST_PASSAGES:
                return 1.0  # so many are no mention
            before = text[max(0, found.start() - _BEFORE) : found.start() + 1]
            after = text[found.end() - 1 : found.end() + _AFTER]
            passage = found.group()
            if rule.inside is not None and rule.inside.search(passage):
                continue
            if rule.unless is not None and rule.unless.search(before + passage + after):
                continue
            if not (self._rules.told_before.search(before) or self._rules.told_after.search(after)):
                return 1.0
            most = _REPORTED
        return most

    def _disguised(self, layer: Layer, spoken: bytes, shown: bytes) -> Iterator[tuple[str, list[Rule]]]:
        """Yield the rules that match once a disguise is taken off, and which it was."""
        rules, text, signs = self._rules, layer.text, layer.signs
        yield "rot13", rules.words.matching(spoken.translate(_ROT13))
        yield "reversed", rules.words.matching(backwards(spoken))
        if shown:
            yield "rot13", rules.marked.matching(shown.translate(_ROT13))
            yield "reversed", rules.marked.matching(backwards(shown))
        if "digits" in signs:
            yield "leetspeak", rules.leet.matching(spoken)
        if "spelt" in signs:
            joined = _SPELT_WORD.sub(lambda found: re.sub(_SEPARATORS, "", found[0]), lowered(text))
            yield "spelt", rules.words.matching(words(joined))
        if not text.isascii() and _UNSEEN_SPACE.search(text):
            yield "unseen", rules.words.matching(words(_UNSEEN_SPACE.sub(" ", text)))


def _verdict(findings: Iterable[Finding]) -> Verdict:
    """Return the verdict on findings, each of another rule."""
    doubt = 1.0
    families: list[Finding] = []
    for finding in sorted(findings, key=lambda one: -one.weight):
        if any(one.family == finding.family for one in families):
            doubt *= 1 - finding.weight / 2
        else:
            doubt *= 1 - finding.weight
            families.append(finding)
    return Verdict(round(1 - doubt, 4), tuple(families))


def _raised(weight: float) -> float:
    """Return the weight of what was disguised: half of what made it doubtful is gone."""
    return 1 - (1 - weight) / 2
