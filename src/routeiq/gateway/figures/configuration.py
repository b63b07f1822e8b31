"""The operator's changes as figures: what is in force, what became of changes, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from routeiq.adapters.prometheus import Family

from ..control import Control

OUTCOMES = ("applied", "refused", "conflict", "failed")


def configuration_families(control: Control) -> Sequence[Family]:
    """Return the families of a gateway's control."""
    version = Family(
        "routeiq_config_version", "gauge",
        "Version of the operator's state in force, in the worker that is behind the others if one is.", together="min",
    )  # fmt: skip
    version.series[()] = control.version
    problems = Family(
        "routeiq_config_problems", "gauge",
        "Plugins and settings files that say what is not in force, because it is wrong or was refused.", together="max",
    )  # fmt: skip
    problems.series[()] = len(control.problems)
    changes = Family(
        "routeiq_config_changes", "counter",
        "Changes of plugins' configuration, order or mode, by files or by the admin API: applied, refused, in conflict"
        " with one that came first, or failed because a worker did not answer.",
        ("outcome",),
    )  # fmt: skip
    changes.series.update({(outcome,): control.outcomes.get(outcome, 0) for outcome in OUTCOMES})
    return version, problems, changes
