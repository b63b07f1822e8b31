"""A text that comes in windows, judged as if it were there at once.

What begins so early that it cannot become longer is decided; what begins later is seen again in the next window. So
where the text is cut changes nothing. A window begins with what was decided before: replacements in it are not looked
into, and what was there before them is kept as context, for as long as a match can be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ..folding import revealed
from .matcher import Match, Matcher
from .pattern import Pattern

_BLOCK: Final = 1 << 15
"""Characters of a long text that are looked at together: as far as an open-ended pattern may look ahead in vain."""
SLACK: Final = 2
"""Characters that can be invisible at the end of a window, where it is not known yet what follows them."""

_LOOKS: Final = 20
_CONTEXT: Final = 6
"""Characters before what is not decided that are looked at too: one for the border of a word, six for an escape."""
# Angle brackets are left: some escape them in all that they write, and placeholders are looked for as they stand.
_ESCAPE: Final = re.compile(r'\\(?:["\\/bfnrt]|u(?!003[ceCE])[0-9a-fA-F]{4})')

Replace = Callable[[Match, str], str | None]
"""Returns what stands in the place of a match, given its text; None leaves that."""


class TooMany(Exception):
    """More places would be replaced than may be."""


@dataclass(slots=True)
class Judged:
    """What became of a text.

    Attributes:
        text: What stands in its place.
        matches: What was found and is decided, each once.
        replaced: How many places were.
        looked_at: How many places were looked at, those included that only look like what is meant.
    """

    text: str
    matches: Sequence[Match]
    replaced: int
    looked_at: int


def overlap(matcher: Matcher) -> int:
    """Return how many characters have to be seen again in the next window."""
    return matcher.longest + (SLACK if matcher.folds else 0)


def judged(matcher: Matcher, replace: Replace, text: str, most: int, *, reveals: bool = False) -> Judged:
    """Return what a text becomes that is there at once.

    Args:
        most: How many places are replaced at most. With more of them, or twenty times as many that only look like it,
            the rest is not looked at.
        reveals: Whether what only hides something is taken out.

    Raises:
        TooMany: there are more.
    """
    passage = Passage(matcher, replace)
    if len(text) <= _BLOCK:
        made = passage.judge(text, reveals=reveals)
        if made.replaced > most:
            raise TooMany
        return made
    pieces: list[str] = []
    matches: list[Match] = []
    count, looked_at, window, again = 0, 0, "", overlap(matcher)
    for start in range(0, len(text), _BLOCK):
        is_final = start + _BLOCK >= len(text)
        made = passage.judge(window + text[start : start + _BLOCK], is_final=is_final, reveals=reveals)
        leaves = len(made.text) if is_final else max(len(made.text) - again, 0)
        pieces.append(made.text[:leaves])
        window = made.text[leaves:]
        matches += made.matches
        count, looked_at = count + made.replaced, looked_at + made.looked_at
        if count > most or looked_at > most * _LOOKS:
            raise TooMany
    return Judged("".join(pieces), matches, count, looked_at)


class Passage:
    """One text, window by window."""

    def __init__(self, matcher: Matcher, replace: Replace, *, is_json: bool = False) -> None:
        """Begin.

        Args:
            is_json: Whether it is JSON text, whose escapes are no letters.
        """
        self._matcher = matcher
        self._is_json = is_json
        self._replace = replace
        self._overlap = overlap(matcher)
        self._decided = ""  # what the next window begins with, as it left
        self._context = ""  # what was there: from a little before the last limit up to what is not decided yet
        self._first = 0  # where in that matches are looked for
        self._ends: dict[Pattern, int] = {}  # where in that the latest match of a pattern ended

    def judge(self, text: str, before: str = "", *, is_final: bool = True, reveals: bool = True) -> Judged:
        """Return what a window becomes.

        Args:
            before: What left before this text: context where nothing is known of it.
            is_final: Whether the text ends with it.
            reveals: Whether what only hides something is taken out of what leaves.
        """
        fresh = self._taken_up(text, before)
        known, body = len(self._context), self._context + fresh
        if reveals and self._matcher.folds and not fresh.isascii():
            body = revealed(body)
            if not body.startswith(self._context):
                body = self._context + revealed(fresh)
        limit = len(body) if is_final else max(len(body) - self._overlap, self._first)
        seen = _ESCAPE.sub(_blank, body) if self._is_json and "\\" in body else body
        patterns = self._matcher.matching(seen)
        found = self._matcher.candidates(seen, patterns, self._first, self._ends) if patterns else []
        candidates = [match for match in found if match.start < limit]
        matches = [match for match in candidates if match.valid]
        made, position, count = self._edited(body, known, matches)
        end = max(position, limit)
        whole = self._decided + made + body[position:end]
        self._keep(body, whole, limit, end, candidates)
        return Judged(whole + body[end:], matches, count, len(candidates))

    def _taken_up(self, text: str, before: str) -> str:
        """Return what of a window is new, or not decided yet."""
        if self._decided and text.startswith(self._decided):
            return text[len(self._decided) :]
        if self._decided or (before and not self._context):
            # The first window of which anything was missed, or another guard has replaced what was decided.
            self._decided, self._context, self._ends = "", before[-_CONTEXT:], {}
            self._first = len(self._context)
        return text

    def _edited(self, body: str, known: int, matches: Sequence[Match]) -> tuple[str, int, int]:
        """Return what becomes of the text from `known` on up to the last replacement, where that ends, and a count."""
        made: list[str] = []
        position, count = known, 0
        for match in matches:
            start = max(match.start, position)
            if match.end <= start:
                continue
            new = self._replace(match, body[start : match.end])
            if new is not None:
                made += [body[position:start], new]
                position = match.end
                count += 1
        return "".join(made), position, count

    def _keep(self, body: str, whole: str, limit: int, end: int, candidates: Sequence[Match]) -> None:
        """Note what the next window has to know."""
        again = max(self._overlap - (len(body) - end), 0)
        self._decided = whole[-again:] if again else ""
        start = max(limit - _CONTEXT, 0)
        self._context = body[start:end]
        self._first = limit - start
        for match in candidates:
            self._ends[match.pattern] = match.end
        self._ends = {pattern: last - start for pattern, last in self._ends.items() if last > limit}


def _blank(escape: re.Match[str]) -> str:
    return " " * len(escape[0])
