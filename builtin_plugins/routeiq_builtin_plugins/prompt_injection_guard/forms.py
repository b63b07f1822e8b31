"""The forms of a text in which the rules look for passages: words alone, and with its punctuation.

Letters are small, and folded: what looks like a letter of ASCII is that letter, accents and invisible characters are
gone.
"""

from __future__ import annotations

import re
from typing import Final

from ..folding import fold

_BEYOND: Final = re.compile(r"[^\x00-\x7f]+")
_MOST_KNOWN: Final = 16_384
_ASCII_WORDS: Final = bytes(one if one >= 128 or chr(one).isalnum() else 32 for one in bytes(range(256)).lower())


class _Words(dict[int, str]):
    """What stands for a character in words, by its code: its folded letters, or a space."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        plain = fold(character).lower()
        made = plain if plain.isalnum() or not plain else " "
        if len(self) < _MOST_KNOWN:
            self[code] = made
        return made


_WORDS: Final = _Words({code: chr(code) for code in range(128)})


def lowered(text: str) -> str:
    """Return a text in small letters, folded."""
    small = text.lower()
    return small if small.isascii() else fold(small).lower()


def words(text: str) -> bytes:
    """Return the words of a text, one space around each, in UTF-8."""
    small = text.lower()
    if not small.isascii():
        # Runs are found faster than characters are looked up, where there are few.
        few = len(small.encode("utf-8", "replace")) < 1.25 * len(small)
        small = _BEYOND.sub(_folded_run, small) if few else small.translate(_WORDS)
    plain = small.encode("utf-8", "replace").translate(_ASCII_WORDS)
    return b" " + b" ".join(plain.split()) + b" "


def _folded_run(found: re.Match[str]) -> str:
    return found[0].translate(_WORDS)


def marked(text: str) -> bytes:
    """Return a text with its punctuation and lines, in UTF-8."""
    return lowered(text).encode("utf-8", "replace")


def backwards(form: bytes) -> bytes:
    """Return a form with its characters in the opposite order."""
    return form[::-1] if form.isascii() else form.decode()[::-1].encode()
