"""Whether an answer gives the system prompt away: a word that is only there, or many words of it in a row."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from .forms import words

_SHINGLE: Final = 8
"""So many words in a row are compared at once."""
_KEPT: Final = 64  # system prompts, most of which come again with each call

Shingles = frozenset[int]


class Leaks:
    """Looks for leaks in answers."""

    __slots__ = ("_canaries", "_least", "shingles")

    def __init__(self, canaries: Sequence[str], least: int) -> None:
        """Make one.

        Args:
            canaries: Texts that no answer may have, in whatever case.
            least: So many words of a system prompt in a row make a leak; 0: none do.
        """
        self._canaries = tuple(canary.lower() for canary in canaries)
        self._least = least
        self.shingles = lru_cache(maxsize=_KEPT)(_shingles)

    @property
    def compares(self) -> bool:
        """Whether system prompts need to be known."""
        return self._least > 0

    def found(self, text: str, prompt: Shingles) -> bool:
        """Return whether a text leaks.

        Args:
            prompt: The `shingles` of the system prompt.
        """
        if self._canaries:
            small = text.lower()
            if any(canary in small for canary in self._canaries):
                return True
        return bool(self._least and prompt) and _longest_run(text, prompt) >= self._least


def _pieces(text: str) -> list[int]:
    spoken = words(text).split()
    return [hash(tuple(spoken[at : at + _SHINGLE])) for at in range(len(spoken) - _SHINGLE + 1)]


def _shingles(text: str) -> Shingles:
    """Return what a text is recognized by."""
    return frozenset(_pieces(text))


def _longest_run(text: str, prompt: Shingles) -> int:
    """Return how many words in a row a text has that stand so in the prompt."""
    longest = run = 0
    for piece in _pieces(text):
        run = run + 1 if piece in prompt else 0
        longest = max(longest, run)
    return longest + _SHINGLE - 1 if longest else 0
