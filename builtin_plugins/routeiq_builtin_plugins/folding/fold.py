"""Folding: characters that look alike become one, invisible ones go, and every place is still known in the original.

Each character is folded by itself, whatever stands beside it: the folded text of two pieces is the two folded pieces.
What comes out has the case of what went in.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from .confusables import LOOK_ALIKES

_MOST_KNOWN: Final = 16_384
_BLOCK: Final = 1 << 16
"""Characters that are folded in one step, in which no other thread of the process has its turn."""
_KEYCAP: Final = "\u20e3"
# Letters from here on may need joiners between them, such as those of Persian and Hindi.
_JOINED: Final = 0x590
# Default_Ignorable_Code_Point of Unicode, as far as it is not of the category Cf.
_FILLERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
_NEGATIVE: Final = ((0x1F150, 26, "A"), (0x1F170, 26, "A"))  # letters in filled circles and squares


def _plain_forms() -> dict[str, str]:
    forms = {alike: plain for plain, several in LOOK_ALIKES.items() for alike in several}
    for first, count, letter in _NEGATIVE:
        forms.update((chr(first + number), chr(ord(letter) + number)) for number in range(count))
    return forms


_PLAIN: Final = _plain_forms()


def is_invisible(character: str) -> bool:
    """Return whether a character shows nothing: zero-width, joiners, directions, variations, tags, fillers."""
    code = ord(character)
    if code < 0xAD:
        return False
    if code in range(0xFE00, 0xFE10) or code in range(0xE0000, 0xE1000) or character in _FILLERS:
        return True
    return unicodedata.category(character) == "Cf"


def _fold(character: str) -> str:
    if is_invisible(character):
        return ""
    made = []
    for part in unicodedata.normalize("NFKD", character):
        category = unicodedata.category(part)
        if category == "Nd":
            made.append(str(unicodedata.digit(part)))
        elif category not in ("Mn", "Me", "Cf"):
            made.append(_PLAIN.get(part, part))
    return "".join(made)


class _Table(dict[int, str]):
    """Folded characters by their code, for `str.translate`; there is an end to what is kept, not to what is asked."""

    def __missing__(self, code: int) -> str:
        made = _fold(chr(code))
        if len(self) < _MOST_KNOWN:
            self[code] = made
        return made


_TABLE: Final = _Table({code: chr(code) for code in range(128)})


def fold(text: str) -> str:
    """Return a text as it looks: compatibility forms, accents, digits and look-alikes of any script as plain ones.

    Latin, Cyrillic and Greek letters that look alike become the Latin one, letters lose their accents, digits of any
    script become plain, ligatures fall apart, and what is invisible goes. Text of ASCII stays as it is.
    """
    if text.isascii():
        return text
    if len(text) <= _BLOCK:
        return text.translate(_TABLE)
    return "".join(text[start : start + _BLOCK].translate(_TABLE) for start in range(0, len(text), _BLOCK))


@dataclass(frozen=True)
class Folded:
    """A text and how it looks.

    Attributes:
        original: The text.
        text: How it looks.
    """

    original: str
    text: str

    @cached_property
    def _sources(self) -> list[int] | None:
        if self.original is self.text:
            return None
        sources: list[int] = []
        for position, character in enumerate(self.original):
            sources += [position] * len(_TABLE[ord(character)])
        sources.append(len(self.original))
        return sources

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the original a stretch of the folded text is, with marks and invisible characters in it."""
        sources = self._sources
        if sources is None:
            return start, end
        if start == end:
            return sources[start], sources[start]
        stop = sources[end - 1] + 1
        while stop < len(self.original) and unicodedata.combining(self.original[stop]):
            stop += 1  # marks belong to the letter before them
        return sources[start], stop

    def position(self, original: int) -> int:
        """Return where in the folded text a place of the original is: how much of it comes before."""
        if self._sources is None:
            return original
        return len(fold(self.original[:original]))


def folded(text: str) -> Folded:
    """Return a text and how it looks."""
    return Folded(text, fold(text))


def revealed(text: str) -> str:
    """Return a text without what only hides something: invisible characters and stray marks among letters.

    A stream is held back by so many characters as a pattern is long: this keeps invisible ones from making it longer.
    Among letters that may need joiners (from Hebrew on) at most two in a row stay; marks that make a letter with the
    one before them become that letter; emoji stay whole.
    """
    if text.isascii():
        return text
    made: list[str] = []
    hidden: list[str] = []
    for character in text:
        if is_invisible(character) or unicodedata.combining(character) or character == _KEYCAP:
            hidden.append(character)
            continue
        if hidden:
            made += _kept(made, hidden, character)
            hidden = []
        made.append(character)
    if hidden:
        made += _kept(made, hidden, "")
    return "".join(made)


def _kept(before: list[str], hidden: list[str], after: str) -> list[str]:
    """Return what stays of marks and invisible characters between two others; a letter may take up a mark."""
    while before and hidden and unicodedata.combining(hidden[0]):
        whole = unicodedata.normalize("NFC", before[-1] + hidden[0])
        if len(whole) != 1:
            break
        before[-1] = whole
        del hidden[0]
    # Only the first two count: the end of a piece has no more of them, and pieces must become what the whole becomes.
    hidden = hidden[:2]
    if _KEYCAP in hidden:
        return hidden
    plain = (not before or ord(before[-1]) < _JOINED) and (not after or ord(after) < _JOINED)
    if not (plain and after):  # what comes next is not known yet at the end
        return hidden
    letters = bool(before) and before[-1].isalnum() and after.isalnum()
    return [] if letters else [one for one in hidden if unicodedata.combining(one)]
