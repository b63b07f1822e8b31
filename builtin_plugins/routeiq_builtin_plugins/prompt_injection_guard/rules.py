"""The rules of `rules.yaml`, compiled: few automata tell which of them match, and each of these then tells where."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

import re2
import yaml

from .forms import lowered

_MEMORY: Final = 16 * 1024 * 1024  # bytes for the states of an automaton, which are made as they are needed
_MOST_RULES: Final = 160  # of one automaton
_END: Final = b"\x01"  # stands behind every text, and no folded one has it: what finds nothing else finds this
_MACRO: Final = re.compile(r"\{([a-z][a-z0-9]*)\}")
_GAP: Final = re.compile(r"g(\d)")
_TOKEN: Final = re.compile(r"\\.|\[[^\]]*\]|\{[^}]*\}|\(\?:|.", re.DOTALL)
_LEET: Final = {"a": "[a4]", "e": "[e3]", "i": "[i1l]", "l": "[l1]", "o": "[o0]", "s": "[s5]", "t": "[t7]"}


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One passage that the guard looks for.

    Attributes:
        family: What it is a sign of: `override`, `extraction`, `role`, `jailbreak`, `exfiltration`, `tools`.
        weight: How sure it alone makes it, 0 to 1, in what a person writes.
        untrusted: The same in what tools and documents bring in.
        expression: Finds the passage.
        inside: Finds in the passage what makes it harmless; or None.
        unless: The same around it.
    """

    family: str
    weight: float
    untrusted: float
    expression: Any
    inside: Any
    unless: Any


class RuleSet:
    """Rules over one form of a text, asked by few automata, each of many rules."""

    __slots__ = ("automata",)

    def __init__(self, rules: Sequence[tuple[str, Rule]]) -> None:
        """Take rules, each with the expression, as text, that finds it in this form."""
        several = -(-len(rules) // _MOST_RULES)
        self.automata = [Automaton(rules[number::several]) for number in range(several)]

    def matching(self, text: bytes) -> list[Rule]:
        """Return the rules that match anywhere in a folded text."""
        text += _END
        return [rule for automaton in self.automata for rule in automaton.matching(text)]


class Automaton:
    """Finds which of some rules match, in one pass.

    What it has to keep in mind grows with the product of its rules, and so does the time for a text that is made of
    their words alone: hence several of them.
    """

    __slots__ = ("_end", "_rules", "_set", "_texts")

    def __init__(self, rules: Sequence[tuple[str, Rule]]) -> None:
        self._texts = [text for text, _ in rules]
        self._rules = [rule for _, rule in rules]
        self._set = re2.Set.SearchSet(_options())
        for text in self._texts:
            self._set.Add(text)
        self._end = self._set.Add(_END.decode())
        self._set.Compile()

    def matching(self, text: bytes) -> list[Rule]:
        """Return the rules that match in a text, which ends as all of them do."""
        found = self._set.Match(text)
        if found is None:
            # Not even the end: there were too many states. A text that brings that about gains nothing.
            return self.one_by_one(text)
        return [self._rules[number] for number in found if number != self._end]

    def one_by_one(self, text: bytes) -> list[Rule]:
        """Return the same without the automaton: slowly."""
        each = zip(self._texts, self._rules, strict=True)
        return [rule for expression, rule in each if _compiled(expression).search(text)]


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules.

    Attributes:
        words: Over words with a space between them.
        leet: The same for texts whose letters are partly written as digits.
        marked: Over texts with their punctuation.
        told_before: Finds, before a passage, the words of somebody who tells of it.
        told_after: The same behind it.
    """

    words: RuleSet
    leet: RuleSet
    marked: RuleSet
    told_before: Any
    told_after: Any


@functools.cache
def load_rules() -> Rules:
    """Return the rules that come with the plugin; compiled once, since nothing of them depends on a configuration."""
    loader = getattr(
        yaml, "CSafeLoader", yaml.SafeLoader
    )  # which is not there where PyYAML was built without its library
    data = yaml.load(files(__package__).joinpath("rules.yaml").read_text("utf-8"), Loader=loader)
    macros: dict[str, str] = {}
    for name, text in data["macros"].items():
        macros[name] = _expanded(text, macros)
    families, reporting = data["families"], data["reporting"]
    words = list(_rules(families, "words", macros))
    return Rules(
        RuleSet([*words, *_rules(families, "cjk", macros)]),
        RuleSet([(_as_leet(text), rule) for text, rule in words]),
        RuleSet(list(_rules(families, "marked", macros))),
        _compiled(f" {_normal(reporting['before'])} "),
        _compiled(f" {_normal(reporting['after'])} "),
    )


def _rules(families: Mapping[str, Any], kind: str, macros: Mapping[str, str]) -> Iterator[tuple[str, Rule]]:
    for family, kinds in families.items():
        for one in kinds.get(kind, ()):
            text = _normal(_expanded(one["match"], macros))
            if kind == "words":
                text = f" (?:{text}) "
            elif kind == "marked":
                text = text.replace(" ?", r"\s*")
            weight = one["weight"]
            inside, unless = (_compiled(_normal(one[key])) if key in one else None for key in ("inside", "unless"))
            yield text, Rule(family, weight, one.get("untrusted", weight), _compiled(text), inside, unless)


def _expanded(text: str, macros: Mapping[str, str]) -> str:
    """Return an expression with its macros filled in. Raises KeyError for one that there is not."""

    def filled(found: re.Match[str]) -> str:
        gap = _GAP.fullmatch(found[1])
        return rf"(?:[^ ]+ ){{0,{gap[1]}}}" if gap else macros[found[1]]

    return _MACRO.sub(filled, text)


def _normal(text: str) -> str:
    """Return an expression with its letters folded like the texts that it is matched with."""
    return text if text.isascii() else "".join(one if one.isascii() else re.escape(lowered(one)) for one in text)


def _as_leet(text: str) -> str:
    """Return an expression whose letters may also be the digits that look like them."""
    return "".join(_LEET.get(token, token) for token in _TOKEN.findall(text))


def _options() -> Any:
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return options


def _compiled(text: str) -> Any:
    return re2.compile(text.encode(), _options())
