"""What plugins add before a stream's first chunk leaves, measured on some requests.

A request is not known to stream when it begins. So about one a second is traced, whatever it turns out to be: at few
requests that is each of them, at many it costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from random import uniform
from time import monotonic
from typing import Final

from routeiq.core.telemetry import Outcome

INTERVAL: Final = 1.0
"""Seconds between two requests that are traced, on average."""


class AddedTime:
    """A trace that adds up what each plugin's hooks took, and how long its window held the first text back.

    Attributes:
        nanoseconds: By plugin.
    """

    __slots__ = ("nanoseconds",)
    exemplar = None

    def __init__(self) -> None:
        self.nanoseconds: dict[str, int] = {}

    def hook(
        self, phase: str, plugin: str, began: int, ended: int, outcome: Outcome, detail: BaseException | str | None
    ) -> None:
        """Add a hook's time."""
        self.nanoseconds[plugin] = self.nanoseconds.get(plugin, 0) + ended - began

    def held(self, plugin: str, began: int, ended: int) -> None:
        """Add a window's hold."""
        self.nanoseconds[plugin] = self.nanoseconds.get(plugin, 0) + ended - began


class Sampler:
    """Chooses the requests that are traced: at most one an interval, whose length varies lest it falls into step."""

    __slots__ = ("_clock", "_due", "_interval")

    def __init__(self, interval: float = INTERVAL, clock: Callable[[], float] = monotonic) -> None:
        self._interval = interval
        self._clock = clock
        self._due = 0.0

    def __call__(self) -> AddedTime | None:
        """Return a trace for a request that begins now, or None."""
        now = self._clock()
        if now < self._due:
            return None
        self._due = now + uniform(0, 2 * self._interval)
        return AddedTime()
