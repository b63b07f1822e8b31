"""A regular expression made ready. The engine is RE2: its time is linear in the text, whatever the expression is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import re2

MOST_MEMORY: Final = 8 << 20
"""Bytes that one pattern may take while it is matched; RE2 starts its states anew where they would take more."""

_BYTE: Final = re.compile(r"(?<!\\)(?:\\\\)*\\C")


class PatternError(ValueError):
    """A pattern that cannot be matched; says why, and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """What is looked for.

    Attributes:
        owner: Whose it is: what a match is told of.
        source: The expression, for a set of several.
        regexp: The same by itself, over UTF-8.
        group: Which of its groups is what was found; where that took no part, all of it is.
        longest: How many characters what it finds has at most, as far as streams go.
        folds: Whether it is matched in folded text.
        valid: Whether a text that it matches is what is meant: a checksum, a range; None: it always is.
    """

    owner: Any
    source: str
    regexp: Any
    group: int
    longest: int
    folds: bool
    valid: Callable[[str], bool] | None = None

    def spans(self, data: bytes, position: int) -> Iterator[tuple[int, int]]:
        """Yield where it matches from a position on, in bytes."""
        while position <= len(data):
            found = self.regexp.search(data, position)
            if found is None:
                return
            start, end = found.span(self.group)
            if start < 0:
                start, end = found.span()
            if end > start:
                yield start, end
            position = max(end, position + 1)


def regexp(source: str, *, captures: bool = False) -> Any:
    r"""Return a compiled expression over UTF-8.

    Raises:
        PatternError: RE2 does not accept it, or it has `\C`, a single byte: what it finds need not be characters.
    """
    if _BYTE.search(source):
        raise PatternError(r"the pattern is not accepted: \C is a byte, and texts have characters: write (?s:.)")
    options = re2.Options()
    options.log_errors = False
    options.never_capture = not captures
    options.max_mem = MOST_MEMORY
    try:
        return re2.compile(source.encode(), options)
    except re2.error as error:
        told = error.args[0] if error.args else error
        text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
        raise PatternError(f"the pattern is not accepted: {text}") from None
