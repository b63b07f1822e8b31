"""What plugins did in each phase: the plans' own counts as families, and as the listing of `GET /admin/hooks`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from routeiq.core.manager import PluginManager
from routeiq.core.statistics import SAMPLE, PhaseStatistics

from .families import Family
from .snapshots import Snapshot

LABELS: Final = ("plugin", "phase")
_FINEST, _COARSEST = 8, 35
# A plan counts by powers of two; every second of them, from 1 us to 17 s, is told.
BOUNDS: Final = tuple((1 << exponent) / 1e9 for exponent in range(_FINEST, _COARSEST))
SHOWN: Final = tuple(range(10 - _FINEST, len(BOUNDS), 2))

COUNTS: Final = {
    "calls": ("routeiq_hook_calls", "Calls of a plugin's hook."),
    "errors": ("routeiq_hook_errors", "Failures of a plugin's hook, deadlines and results of a wrong type included."),
    "timeouts": ("routeiq_hook_timeouts", "Deadlines of a plugin's hook that passed."),
    "audited": ("routeiq_hook_audited", "Decisions and changes that audit mode recorded and did not apply."),
}
DURATION: Final = "routeiq_hook_duration_seconds"
_DURATION_HELP: Final = (
    f"How long calls of a plugin's hook took, in seconds. A sample: one call in {SAMPLE}, and all calls of the requests"
    " that are traced, about one a second. routeiq_hook_calls_total counts them all."
)


class HookCounts:
    """Reads a manager's counts. Those of a plugin that was taken out still count, so that no total falls."""

    def __init__(self, manager: PluginManager) -> None:
        self._manager = manager
        self._seen: dict[tuple[str, str], list[PhaseStatistics]] = {}

    def families(self) -> Sequence[Family]:
        """Return the families of all hooks."""
        counts = {name: Family(family, "counter", text, LABELS) for name, (family, text) in COUNTS.items()}
        durations = Family(DURATION, "histogram", _DURATION_HELP, LABELS, BOUNDS, SHOWN)
        for labels, statistics in self._all().items():
            for name, family in counts.items():
                family.series[labels] = sum([getattr(one, name) for one in statistics])
            cells = [_cells(one) for one in statistics if one.cells[0]]
            if cells:
                durations.series[labels] = [sum(column) for column in zip(*cells, strict=True)]
        return [*counts.values(), durations]

    def last_errors(self) -> dict[tuple[str, str], str]:
        """Return the latest failures, by plugin and phase."""
        return {
            labels: statistics[-1].last_error
            for labels, statistics in self._all().items()
            if statistics[-1].last_error is not None
        }

    def _all(self) -> Mapping[tuple[str, str], list[PhaseStatistics]]:
        for one in self._manager.counts():
            seen = self._seen.setdefault((one.plugin, one.phase), [])
            if one not in seen:
                seen.append(one)
        return self._seen


def listing(hooks: Iterable[Mapping[str, Any]], snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return `manager.hooks()` with the figures of a snapshot in the place of this process's own."""
    return [
        {**hook, "plugins": [{**one, **_figures(one["name"], hook["name"], snapshot)} for one in hook["plugins"]]}
        for hook in hooks
    ]


def _figures(plugin: str, phase: str, snapshot: Snapshot) -> dict[str, Any]:
    labels = (plugin, phase)
    found = {name: snapshot.families[family].series.get(labels, 0) for name, (family, _) in COUNTS.items()}
    statistics = PhaseStatistics(plugin, phase, last_error=snapshot.last_errors.get(labels))
    durations = snapshot.families[DURATION].series.get(labels)
    if isinstance(durations, list):
        statistics.cells[0] = round(durations[0] * 1e9)
        for exponent, count in enumerate(durations[1:], _FINEST):
            statistics.cells[exponent] = int(count)
    return {**statistics.to_dict(), **{name: int(value) for name, value in found.items()}}  # type: ignore[arg-type]


def _cells(statistics: PhaseStatistics) -> list[float]:
    """Return the cells of a plan as those of a family: `cells[k]` counts what took less than 2**k nanoseconds."""
    cells = statistics.cells
    below, above = _FINEST + 1, _COARSEST
    return [cells[0] / 1e9, sum(cells[1:below]), *cells[below:above], sum(cells[above:])]
