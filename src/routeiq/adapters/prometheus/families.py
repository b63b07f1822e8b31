"""Metric families: a name, labels, and one number or one histogram for each combination of their values.

They are counted in place, sent between processes as JSON, and added up: what several processes counted is the sum of
their families. prometheus_client's own instruments can do neither of the last two.

Sums over processes are exact: rounded ones would depend on the order, and to a scraper a total that is lower by its
last digit than the one before is a restart.
"""

from __future__ import annotations

import math
import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Literal, NamedTuple, TypeAlias

Kind = Literal["counter", "gauge", "histogram"]
Together = Literal["sum", "max", "min"]
Labels = tuple[str, ...]
Number: TypeAlias = int | float | Fraction
Cells: TypeAlias = list[Number]
"""Of a histogram: the sum of what was observed, then how much fell into each bucket, the last of them unbounded."""

OTHER: Final = "other"
"""The label's value of what is not told apart."""
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
"""The bounds of histograms of requests and calls."""


class Exemplar(NamedTuple):
    """One observation, and the labels that lead to its trace; `time` in seconds since the epoch."""

    labels: Mapping[str, str]
    value: float
    time: float


@dataclass(slots=True, eq=True)
class Family:
    """One metric.

    Attributes:
        name: As OpenMetrics has it: a counter's without `_total`.
        help: For people: what it counts, and in which unit.
        labels: The names of the labels; a series' values stand in the same order.
        bounds: A histogram's upper bounds, ascending, without the unbounded bucket.
        shown: Which of the bounds are told, by position; empty: all. Finer ones serve estimates.
        together: What several processes' gauges make; counters and histograms are always added.
        series: The value, or the cells of a histogram, by the labels' values.
        exemplars: The latest observation that has a trace, by series and bucket.
    """

    name: str
    kind: Kind
    help: str = ""
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    shown: tuple[int, ...] = ()
    together: Together = "sum"
    series: dict[Labels, Number | Cells] = field(default_factory=dict)
    exemplars: dict[tuple[Labels, int], Exemplar] = field(default_factory=dict)

    def add(self, labels: Labels, amount: Number = 1) -> None:
        """Add to the number of a series, which begins at 0."""
        series: dict[Labels, Any] = self.series
        series[labels] = series.get(labels, 0) + amount

    def cells(self, labels: Labels) -> Cells:
        """Return the cells of a histogram's series: the sum of its values, and how many each bucket has."""
        cells: Any = self.series.get(labels)
        if cells is None:
            cells = self.series[labels] = [0] * (len(self.bounds) + 2)
        found: Cells = cells
        return found

    def observe(self, labels: Labels, value: float, exemplar: Mapping[str, str] | None = None) -> None:
        """Take a value into the histogram of a series."""
        cells = self.cells(labels)
        bucket = bisect_left(self.bounds, value)
        cells[0] += value
        cells[bucket + 1] += 1
        if exemplar is not None:
            self.exemplars[labels, bucket] = Exemplar(exemplar, value, time.time())

    @property
    def is_total(self) -> bool:
        """Whether it only rises, so that what a process counted still counts when that has ended."""
        return self.kind != "gauge"

    def fits(self, other: Family) -> bool:
        """Return whether both count the same: another version of a plugin may count otherwise under the same name."""
        mine, theirs = (self.kind, self.labels, self.bounds), (other.kind, other.labels, other.bounds)
        return mine == theirs

    def merge(self, other: Family) -> None:
        """Take up what another process counted. What does not fit is left out."""
        if not self.fits(other):
            return
        for labels, value in other.series.items():
            self.series[labels] = self._together(self.series.get(labels), value)
        for place, exemplar in other.exemplars.items():
            mine = self.exemplars.get(place)
            if mine is None or mine.time < exemplar.time:
                self.exemplars[place] = exemplar

    def copy(self) -> Family:
        """Return a family that counts on by itself."""
        series = {labels: [*value] if isinstance(value, list) else value for labels, value in self.series.items()}
        return Family(
            self.name, self.kind, self.help, self.labels, self.bounds, self.shown, self.together, series,
            dict(self.exemplars),
        )  # fmt: skip

    def _together(self, mine: Any, theirs: Any) -> Number | Cells:
        if mine is None:
            return [*theirs] if isinstance(theirs, list) else theirs
        if isinstance(theirs, list):
            return [
                one + other if type(one) is type(other) is int else _sum(one, other)
                for one, other in zip(mine, theirs, strict=True)
            ]
        if self.is_total or self.together == "sum":
            return _sum(mine, theirs)
        return max(mine, theirs) if self.together == "max" else min(mine, theirs)  # type: ignore[no-any-return]

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON, which has no names for what is no finite number: those become text."""
        exemplars = [
            [[*labels], bucket, dict(one.labels), _plain(one.value), one.time]
            for (labels, bucket), one in self.exemplars.items()
        ]
        return {
            "name": self.name,
            "kind": self.kind,
            "help": self.help,
            "labels": [*self.labels],
            "bounds": [*self.bounds],
            "shown": [*self.shown],
            "together": self.together,
            "series": [[[*labels], _plain(value)] for labels, value in self.series.items()],
            "exemplars": exemplars,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Family:
        """Return the family that a document describes."""
        return cls(
            document["name"],
            document["kind"],
            document["help"],
            tuple(document["labels"]),
            tuple(document["bounds"]),
            tuple(document["shown"]),
            document["together"],
            {tuple(labels): _number(value) for labels, value in document["series"]},
            {
                (tuple(labels), bucket): Exemplar(trace, _number(value), moment)
                for labels, bucket, trace, value, moment in document["exemplars"]
            },
        )


def merge(families: dict[str, Family], others: Sequence[Family], *, totals_only: bool = False) -> None:
    """Take up what another process counted.

    Args:
        totals_only: Whether it has ended, so that its gauges stand for nothing any more.
    """
    for other in others:
        if totals_only and not other.is_total:
            continue
        mine = families.get(other.name)
        if mine is None:
            families[other.name] = other.copy()
        else:
            mine.merge(other)


def _sum(one: Number, other: Number) -> Number:
    if not (math.isfinite(one) and math.isfinite(other)):
        return float(one) + float(other)
    return _exact(one) + _exact(other)


def _exact(value: Number) -> int | Fraction:
    exact = Fraction(value)
    return exact.numerator if exact.denominator == 1 else exact


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Fraction) or not math.isfinite(value) else value


def _number(value: Any) -> Any:
    if isinstance(value, list):
        return [_number(one) for one in value]
    if isinstance(value, str):
        return Fraction(value) if "/" in value else float(value)
    return value
