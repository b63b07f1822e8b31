"""Questions in other words: vectors of their texts, compared by the cosine within a group, bounded in all directions.

Kept in the process: another worker learns of a question when it is asked there. The answers themselves are shared.
"""

from __future__ import annotations

import itertools
import math
import operator
from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

HEAD: Final = 128
"""Of a vector's numbers, how many are compared first, and kept at hand for it; the others are packed."""
BLOCK: Final = 256
"""How many are compared next, until the rest cannot make two texts alike enough any more."""

Vector = Sequence[float]
_ROUNDING: Final = 1e-6


def _plain_product(one: Vector, other: Vector) -> float:
    product: float = sum(map(operator.mul, one, other))
    return product


# Since Python 3.12, and several times as fast.
_product: Final[Callable[[Vector, Vector], float]] = getattr(math, "sumprod", _plain_product)


@dataclass(frozen=True, slots=True)
class Direction:
    """A vector of length 1, in parts: `rests` are the lengths of what follows each of them."""

    size: int
    parts: tuple[Vector, ...]
    rests: tuple[float, ...]

    @classmethod
    def of(cls, vector: Vector) -> Direction | None:
        """Return the direction of a vector; None if it has none, or is not of numbers."""
        values = [float(value) for value in vector]
        length = math.sqrt(_product(values, values))
        if not values or not math.isfinite(length) or length == 0:
            return None
        values = [value / length for value in values]
        ends = [HEAD, *range(HEAD + BLOCK, len(values) + BLOCK, BLOCK)] if len(values) > HEAD else [len(values)]
        parts: list[Vector] = [values[:HEAD]]
        parts += [array("f", values[begin:end]) for begin, end in itertools.pairwise(ends)]
        rests = [math.sqrt(_product(values[end:], values[end:])) for end in ends]
        return cls(len(values), tuple(parts), tuple(rests))

    def cosine(self, other: Direction, least: float) -> float:
        """Return the cosine of the angle between two directions, or -1 if it is surely below `least`."""
        if self.size != other.size:
            return -1.0
        cosine, bound = 0.0, least - _ROUNDING
        for part, rest, other_part, other_rest in zip(self.parts, self.rests, other.parts, other.rests, strict=True):
            cosine += _product(part, other_part)
            # What follows adds at most the product of its lengths (Cauchy and Schwarz).
            if cosine + rest * other_rest < bound:
                return -1.0
        return cosine


@dataclass(frozen=True, slots=True)
class Known:
    """A question that has an answer: its direction, and the key of that, which holds until a time (of the epoch)."""

    direction: Direction
    key: str
    until: float


class SimilarityIndex:
    """The questions that have answers, by their groups."""

    def __init__(self, entries: int, total: int) -> None:
        """Make an empty one.

        Args:
            entries: How many questions a group has at most; one more takes the place of the oldest.
            total: How many there are at most; for one more the group goes that was asked longest ago.
        """
        self._entries = entries
        self._total = total
        self._size = 0
        self._groups: OrderedDict[str, OrderedDict[str, Known]] = OrderedDict()

    def nearest(self, group: str, direction: Direction, threshold: float, now: float) -> str | None:
        """Return the key of the answer to the most alike question of a group, if it is alike enough."""
        known = self._groups.get(group)
        if known is None:
            return None
        self._groups.move_to_end(group)
        best, found = threshold, None
        for one in [one for one in known.values() if one.until <= now]:
            del known[one.key]
            self._size -= 1
        for one in known.values():
            cosine = one.direction.cosine(direction, best)
            if cosine >= best:
                best, found = cosine, one.key
        return found

    def add(self, group: str, direction: Direction, key: str, until: float) -> None:
        """Add a question that has an answer now."""
        known = self._groups.setdefault(group, OrderedDict())
        self._groups.move_to_end(group)
        before = len(known)
        known.pop(key, None)
        known[key] = Known(direction, key, until)
        if len(known) > self._entries:
            known.popitem(last=False)
        self._size += len(known) - before
        while self._size > self._total:
            self._size -= len(self._groups.popitem(last=False)[1])

    def __len__(self) -> int:
        return self._size
