"""Rules made ready for matching. The engine is RE2: its time is linear in the text, whatever the pattern is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import re2

from ..folding import fold
from ..matching import Pattern, PatternError, longest_match, regexp

if TYPE_CHECKING:
    from .config import Rule

_SPACE: Final = r"\s{1,3}"
_UNSUPPORTED: Final = (
    (re.compile(r"\(\?<?[=!]"), "has no look-around: match what surrounds it too, or write two rules"),
    (re.compile(r"\\[1-9]|\(\?P=|\\k<"), "has no backreferences: write out what may repeat"),
    (re.compile(r"\(\?>|[*+?}]\+"), "has no atomic groups or possessive quantifiers, and needs none: leave them out"),
    (re.compile(r"\(\?\("), "has no conditions: write two rules"),
    (re.compile(r"\\Z"), r"writes \z for the end of the text"),
)  # fmt: skip


def compiled(rule: Rule) -> Pattern:
    """Return a rule made ready. Raises PatternError."""
    group, folds = 0, rule.fold
    longest: int | None
    if rule.pattern is not None:
        body = rule.pattern
        folds = folds and body.isascii()
        check(body)
        longest = longest_match(body)
    else:
        words = _words(rule)
        longest = max(len(word) + 2 * word.count(" ") for word in words)
        body, group = _any_of(words, rule.whole_words)
        longest += group  # the character after it has to be there too
    source = f"(?:{body})" if rule.case_sensitive else f"(?i:{body})"
    expression = regexp(source, captures=group > 0)
    bounded = rule.longest if longest is None else longest
    if bounded > 10_000:
        raise PatternError(f"a match can be {bounded} characters long, and streams are held back by as many: bound it")
    return Pattern(rule, source, expression, group, max(bounded, 1), folds)


def check(pattern: str) -> None:
    """Raise PatternError for a pattern that RE2 does not accept, or that matches the empty text alone."""
    try:
        regexp(pattern)
    except PatternError as error:
        for sign, advice in _UNSUPPORTED:
            if sign.search(pattern):
                raise PatternError(f"{error}. RE2, which keeps any pattern fast, {advice}") from None
        raise
    if longest_match(pattern) == 0:
        raise PatternError("the pattern matches nothing but empty text")


def _any_of(words: list[str], whole: bool) -> tuple[str, int]:
    """Return an expression for words, and which of its groups is the word: 0, or 1 where that is not all that it says.

    Words that begin or end with a sign count wherever they are: `#tag` has no border that a letter would have.
    """
    bordered = [word for word in words if whole and word[0].isalnum() and word[-1].isalnum()]
    others = _alternatives([word for word in words if word not in set(bordered)])
    if not bordered:
        return others, 0
    if all(word.isascii() for word in bordered):  # `\b` of RE2 knows ASCII alone, and is the faster one
        expression, group = rf"\b(?:{_alternatives(bordered)})\b", 0
    else:
        expression, group = rf"(?:^|[^\pL\pN\pM_])({_alternatives(bordered)})(?:$|[^\pL\pN\pM_])", 1
    return f"{others}|{expression}" if others else expression, group


def _alternatives(words: list[str]) -> str:
    return "|".join(re2.escape(word).replace(re2.escape(" "), _SPACE) for word in words)


def _words(rule: Rule) -> list[str]:
    """Return a rule's words, longer ones before those that they begin with."""
    words = list(rule.words)
    if rule.file is not None:
        words += _lines(rule.file)
    if rule.fold:
        # A letter and its capital need not look like the same one of another script: each form is folded by itself.
        words = [fold(form) for word in words for form in _forms(word, rule.case_sensitive)]
    normal = {" ".join(word.split()) for word in words}
    if not rule.case_sensitive:
        normal = {word.lower() if word.isascii() else word for word in normal}
    normal.discard("")
    if not normal:
        raise PatternError("it has no words")
    return sorted(normal, key=lambda word: (-len(word), word))


def _forms(word: str, case_sensitive: bool) -> tuple[str, ...]:
    return (word,) if case_sensitive or word.isascii() else (word, word.lower(), word.upper(), word.title())


def _lines(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PatternError(f"the file {str(file)!r} cannot be read: {error}") from error
    return [line.partition("#")[0].strip() for line in lines]
