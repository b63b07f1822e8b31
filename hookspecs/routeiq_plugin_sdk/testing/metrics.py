"""`context.metrics` and `context.logger` for unit tests: what is counted and logged can be read."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from .observations import LogLine

Labels = tuple[tuple[str, str], ...]


class MockInstrument:
    """A counter, gauge or histogram.

    Attributes:
        kind: Which of them.
        labels: The names of its labels.
        observations: Of a histogram, each value that was observed, by labels.
    """

    def __init__(self, kind: str, name: str, labels: Sequence[str]) -> None:
        """Made by `MockMetrics`."""
        self.kind = kind
        self.labels = tuple(labels)
        self.observations: dict[Labels, list[float]] = {}
        self._name = name
        self._values: dict[Labels, float] = {}

    def inc(self, amount: float = 1, **labels: str) -> None:
        """Add. Raises ValueError if a counter would fall, or the labels are not its own."""
        if self.kind == "counter" and amount < 0:
            raise ValueError(f"the counter {self._name!r} only rises: it cannot add {amount}")
        key = self._key(labels)
        self._values[key] = self._values.get(key, 0.0) + amount

    def dec(self, amount: float = 1, **labels: str) -> None:
        """Subtract."""
        self.inc(-amount, **labels)

    def set(self, value: float, **labels: str) -> None:
        """Set the value."""
        self._values[self._key(labels)] = value

    def observe(self, value: float, **labels: str) -> None:
        """Note a value."""
        self.observations.setdefault(self._key(labels), []).append(value)

    def value(self, labels: dict[str, str]) -> float | None:
        """Return the value, or the sum of the observations, of these labels; None if there is none."""
        key = self._key(labels)
        if self.kind == "histogram":
            return sum(self.observations[key]) if key in self.observations else None
        return self._values.get(key)

    def _key(self, labels: dict[str, str]) -> Labels:
        if sorted(labels) != sorted(self.labels):
            raise ValueError(f"{self._name!r} has the labels {self.labels}, not {tuple(labels)}")
        return tuple(sorted((name, str(value)) for name, value in labels.items()))


class MockMetrics:
    """The SDK's `Metrics` of one plugin."""

    def __init__(self) -> None:
        self._made: dict[str, MockInstrument] = {}

    def counter(self, name: str, description: str = "", labels: Sequence[str] = ()) -> MockInstrument:
        """Return the counter of that name."""
        return self._make("counter", name.removesuffix("_total"), labels)

    def gauge(self, name: str, description: str = "", labels: Sequence[str] = ()) -> MockInstrument:
        """Return the gauge of that name."""
        return self._make("gauge", name, labels)

    def histogram(
        self, name: str, description: str = "", labels: Sequence[str] = (), buckets: Sequence[float] | None = None
    ) -> MockInstrument:
        """Return the histogram of that name."""
        return self._make("histogram", name, labels)

    def value(self, name: str, /, **labels: str) -> float | None:
        """Return an instrument's value, of a histogram the sum; None if there is none.

        Raises:
            ValueError: if the labels are not the instrument's.
        """
        made = self._made.get(name) or self._made.get(name.removesuffix("_total"))
        return None if made is None else made.value(labels)

    def observations(self, name: str, /, **labels: str) -> list[float]:
        """Return the values that a histogram has observed."""
        made = self._made.get(name)
        return [] if made is None else list(made.observations.get(made._key(labels), ()))

    def _make(self, kind: str, name: str, labels: Sequence[str]) -> MockInstrument:
        if isinstance(labels, str):
            raise ValueError(f"{name}: labels is a list of names; write [{labels!r}]")
        made = self._made.setdefault(name, MockInstrument(kind, name, labels))
        if (made.kind, made.labels) != (kind, tuple(labels)):
            raise ValueError(f"{name!r} is a {made.kind} with the labels {made.labels} already")
        return made


class MockLogger:
    """The SDK's `Logger`; `lines` has what was logged."""

    def __init__(self, plugin: str) -> None:
        self.lines: list[LogLine] = []
        self._plugin = plugin

    def debug(self, event: str, **fields: Any) -> None:
        self._log("debug", event, fields)

    def info(self, event: str, **fields: Any) -> None:
        self._log("info", event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        self._log("warning", event, fields)

    def error(self, event: str, **fields: Any) -> None:
        self._log("error", event, fields)

    def exception(self, event: str, **fields: Any) -> None:
        """Log at level error, with the exception that is being handled."""
        self._log("error", event, fields, sys.exception())

    def _log(self, level: str, event: str, fields: dict[str, Any], exception: BaseException | None = None) -> None:
        self.lines.append(LogLine(level, event, fields, self._plugin, exception))
