"""Calls, errors and latencies of one plugin in one phase, written by compiled plans without a function call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

SAMPLE: Final = 128  # of so many calls one is measured; a power of two


@dataclass(slots=True, eq=False)
class PhaseStatistics:
    """What one plugin did in one phase since it was registered.

    Attributes:
        cells: Sampled latencies: `cells[0]` their sum in nanoseconds, `cells[k]` how many took from 2**(k-1) to below
            2**k nanoseconds.
        errors: Failures, deadlines included.
        timeouts: Deadlines that passed.
        audited: Decisions and changes that audit mode recorded and did not apply.
        last_error: The latest failure, its type and message.
    """

    plugin: str
    phase: str
    cells: list[int] = field(default_factory=lambda: [0] * 64)
    errors: int = 0
    timeouts: int = 0
    audited: int = 0
    last_error: str | None = None
    _settled: int = 0
    # Plans that count the plugin's calls. There may be thousands, and a change lets them all go: by key, not in a list.
    _sources: dict[Callable[[], int], tuple[list[int], ...]] = field(default_factory=dict)

    @property
    def calls(self) -> int:
        """How often the plugin was called, exactly."""
        return self._settled + sum(_reached(counter, ended) for counter, ended in list(self._sources.items()))

    def count(self) -> int:
        """Count a call that no plan counts, a wrapper's, and return how many there were."""
        self._settled += 1
        return self._settled

    def measured(self, nanoseconds: int) -> None:
        """Take up a latency."""
        self.cells[0] += nanoseconds
        self.cells[nanoseconds.bit_length()] += 1

    def follow(self, dispatches: Callable[[], int], ended_before: tuple[list[int], ...]) -> None:
        """Count along with a plan: its dispatches, less those that a plugin before this one ended."""
        self._sources[dispatches] = ended_before

    def settle(self, dispatches: Callable[[], int]) -> None:
        """Add up the counts of a plan that is gone, and let its counters go."""
        ended_before = self._sources.pop(dispatches, None)
        if ended_before is not None:
            self._settled += _reached(dispatches, ended_before)

    @property
    def sampled(self) -> int:
        """How many latencies were measured."""
        return sum(self.cells[1:])

    def mean(self) -> float:
        """Return the mean of the sampled latencies in seconds; 0 without any."""
        return self.cells[0] / self.sampled / 1e9 if self.sampled else 0.0

    def quantile(self, share: float) -> float:
        """Return an upper bound in seconds, exact to a factor of two, of what `share` of the latencies stay below."""
        seen, wanted = 0, share * self.sampled
        for exponent in range(1, len(self.cells)):
            seen += self.cells[exponent]
            if seen and seen >= wanted:
                return float(1 << exponent) / 1e9
        return 0.0

    def to_dict(self) -> dict[str, int | float | str | None]:
        """Return the figures for people and programs; latencies in seconds."""
        return {
            "calls": self.calls,
            "errors": self.errors,
            "timeouts": self.timeouts,
            "audited": self.audited,
            "last_error": self.last_error,
            "sampled": self.sampled,
            "latency_mean": self.mean(),
            "latency_p50": self.quantile(0.5),
            "latency_p99": self.quantile(0.99),
        }


def _reached(dispatches: Callable[[], int], ended_before: tuple[list[int], ...]) -> int:
    return dispatches() - sum(cell[0] for cell in ended_before)
