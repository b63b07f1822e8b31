"""What became of each plugin: its state, and what it is."""

from __future__ import annotations

from collections.abc import Sequence

from routeiq.core.manager import PluginManager
from routeiq.core.records import PluginState

from .families import Family


def plugin_families(manager: PluginManager) -> Sequence[Family]:
    """Return the families of a manager's plugins. Where workers differ, each of their states is shown."""
    info = Family(
        "routeiq_plugin_info", "gauge", "1 for each plugin that was found, with what it is.",
        ("plugin", "version", "distribution", "mode", "failure_mode"), together="max",
    )  # fmt: skip
    states = Family(
        "routeiq_plugin_state", "gauge", "1 for the state that a plugin is in in some worker, 0 for the others.",
        ("plugin", "state"), together="max",
    )  # fmt: skip
    quarantined = Family(
        "routeiq_plugin_quarantined", "gauge", "1 while some worker keeps a plugin in quarantine, else 0.",
        ("plugin",), together="max",
    )  # fmt: skip
    failures = Family(
        "routeiq_plugin_condition_failures", "counter",
        "Requests for which the condition of a plugin's scope failed, so that the plugin took part.", ("plugin",),
    )  # fmt: skip
    for record in manager.records.values():
        details = record.version or "", record.distribution or "", record.mode.value, record.failure_mode.value
        info.add((record.name, *details), 1)
        for state in PluginState:
            states.add((record.name, state.value), int(record.state is state))
        quarantined.add((record.name,), int(record.state is PluginState.QUARANTINED))
        if record.when is not None and record.when.condition is not None:
            failures.add((record.name,), record.condition_failures)
    folded = Family(
        "routeiq_plugin_metric_folded", "counter",
        "Observations of plugins' own metrics that count under the label other, because their labels would have made"
        " too many series.",
        ("plugin", "metric"),
    )  # fmt: skip
    for labels, count in manager.instruments.folded().items():
        folded.series[labels] = count
    return info, states, quarantined, failures, folded
