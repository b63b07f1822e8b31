"""What became of the calls that evaluators were to judge."""

from __future__ import annotations

from collections.abc import Sequence

from routeiq.core.manager import PluginManager

from .families import Family


def evaluation_families(manager: PluginManager) -> Sequence[Family]:
    """Return the families of a manager's evaluations, by the plugin that judges."""
    labels = ("plugin",)
    results = Family(
        "routeiq_evaluations", "counter", "Calls that an evaluator judged, by what it said.", ("plugin", "status")
    )
    silent = Family(
        "routeiq_evaluations_silent", "counter",
        "Calls of which an evaluator said nothing, or in which it failed or took too long.", labels,
    )  # fmt: skip
    dropped = Family(
        "routeiq_evaluations_dropped", "counter",
        "Calls that an evaluator never saw, since it was too slow for them, or the process stopped.", labels,
    )  # fmt: skip
    waiting = Family("routeiq_evaluations_waiting", "gauge", "Calls that wait for an evaluator.", labels)
    running = Family("routeiq_evaluations_running", "gauge", "Calls that an evaluator judges now.", labels)
    for plugin, figures in manager.evaluations.figures.items():
        for status, count in figures.results.items():
            results.series[plugin, status] = count
        silent.series[plugin,] = figures.silent
        dropped.series[plugin,] = figures.dropped
        waiting.series[plugin,] = figures.waiting
        running.series[plugin,] = figures.running
    return results, silent, dropped, waiting, running
