"""What is told of evaluations."""

from __future__ import annotations

from routeiq import PluginManager
from routeiq.adapters.prometheus.evaluations import evaluation_families
from routeiq.core.evaluations import EvaluationFigures
from routeiq.core.settings import ManagerSettings


def test_each_evaluator_is_told_apart() -> None:
    manager = PluginManager(ManagerSettings())
    figures = manager.evaluations.figures["judge"] = EvaluationFigures()
    figures.results["passed"] = 3
    figures.silent, figures.dropped, figures.waiting, figures.running = 1, 2, 4, 5
    assert {family.name: dict(family.series) for family in evaluation_families(manager)} == {
        "routeiq_evaluations": {("judge", "passed"): 3},
        "routeiq_evaluations_silent": {("judge",): 1},
        "routeiq_evaluations_dropped": {("judge",): 2},
        "routeiq_evaluations_waiting": {("judge",): 4},
        "routeiq_evaluations_running": {("judge",): 5},
    }
