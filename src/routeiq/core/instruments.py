"""What plugins count with: thin covers of prometheus_client's metrics, which keep their series by the labels' values.

Label values may come from clients, and each new one is memory here and in whatever scrapes it: an instrument has so
many series at most, and what comes after them counts in one whose labels are all `other`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

logger = logging.getLogger(__name__)

OTHER: Final = "other"


class Instrument:
    """A metric, and its series by the labels' values.

    Attributes:
        folded: How many observations came to the series of what is too much.
    """

    __slots__ = ("_labels", "_max_series", "_metric", "_name", "_series", "folded")

    def __init__(self, name: str, labels: tuple[str, ...], metric: Any, max_series: int) -> None:
        self.folded = 0
        self._name = name
        self._labels = labels
        self._metric = metric
        self._max_series = max_series
        self._series: dict[tuple[str, ...], Any] = {} if labels else {(): metric}

    def _of(self, labels: Mapping[str, str]) -> Any:
        try:
            values = tuple([labels[name] for name in self._labels])
            return self._series[values] if len(values) == len(labels) else self._new(labels)
        except KeyError:
            return self._new(labels)

    def _new(self, labels: Mapping[str, str]) -> Any:
        if labels.keys() != set(self._labels):
            given = label_words(sorted(labels))
            raise ValueError(f"{self._name} takes {label_words(self._labels)}, and was given {given}")
        if len(self._series) >= self._max_series:
            return self._other()
        values = tuple(labels[name] for name in self._labels)
        series = self._series[values] = self._metric.labels(*values)
        return series

    def _other(self) -> Any:
        if not self.folded:
            logger.warning(
                "%s has %d series, the most that an instrument may have (max_series): what has other values of %s"
                " counts as %r from now on",
                self._name,
                self._max_series,
                label_words(self._labels),
                OTHER,
            )
        self.folded += 1
        return self._metric.labels(*[OTHER] * len(self._labels))


class CounterInstrument(Instrument):
    """The SDK's `Counter`."""

    __slots__ = ()

    def inc(self, amount: float = 1, **labels: str) -> None:
        """Add to it. Raises ValueError for less than 0."""
        if amount < 0:
            raise ValueError(f"{self._name} is a counter, which only rises: it cannot take {amount!r}; use a gauge")
        self._of(labels).inc(amount)


class GaugeInstrument(Instrument):
    """The SDK's `Gauge`."""

    __slots__ = ()

    def set(self, value: float, **labels: str) -> None:
        """Set it."""
        self._of(labels).set(value)

    def inc(self, amount: float = 1, **labels: str) -> None:
        """Add to it."""
        self._of(labels).inc(amount)

    def dec(self, amount: float = 1, **labels: str) -> None:
        """Take from it."""
        self._of(labels).dec(amount)


class HistogramInstrument(Instrument):
    """The SDK's `Histogram`."""

    __slots__ = ()

    def observe(self, value: float, **labels: str) -> None:
        """Take a value into it."""
        self._of(labels).observe(value)


KINDS: Final[Mapping[str, type[Instrument]]] = {
    "counter": CounterInstrument,
    "gauge": GaugeInstrument,
    "histogram": HistogramInstrument,
}


def label_words(labels: Sequence[str]) -> str:
    """Return labels as a message names them."""
    return f"the labels {', '.join(labels)}" if labels else "no labels"
