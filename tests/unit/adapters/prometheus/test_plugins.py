"""What became of plugins."""

import pytest

from routeiq.adapters.prometheus.plugins import plugin_families
from routeiq.core.records import PluginState


def test_what_each_plugin_is_and_its_state(plugin, managed):
    def request(): ...

    manager = managed(
        plugin("a", request, version="1.2.0"),
        plugin("b", request),
        plugins={"b": {"enabled": False}, "a": {"mode": "audit"}},
    )
    info, states, quarantined, failures, _ = plugin_families(manager)
    assert info.series[("a", "1.2.0", "", "audit", "continue")] == 1
    assert {labels for labels, value in states.series.items() if value} == {("a", "active"), ("b", "disabled")}
    assert len(states.series) == 2 * 5
    assert quarantined.series == {("a",): 0, ("b",): 0}
    assert failures.series == {}


def test_failures_of_conditions_are_counted_over_workers(plugin, managed):
    pytest.importorskip("cel", reason="needs routeiq[cel]")

    def request(): ...

    families = []
    for failed in (2, 3):
        manager = managed(plugin("a", request), plugins={"a": {"when": {"condition": "request.path == '/'"}}})
        manager.records["a"].condition_failures = failed
        families.append(plugin_families(manager)[3])
    families[0].merge(families[1])
    assert families[0].series == {("a",): 5}


def test_a_quarantine_in_any_worker_shows(plugin, managed):
    def request(): ...

    manager, other = managed(plugin("a", request)), managed(plugin("a", request))
    other.records["a"].state = PluginState.QUARANTINED
    families, others = plugin_families(manager), plugin_families(other)
    for family, theirs in zip(families, others, strict=True):
        family.merge(theirs)
    assert families[2].series == {("a",): 1}
    assert {labels for labels, value in families[1].series.items() if value} == {("a", "active"), ("a", "quarantined")}


async def test_what_had_too_many_series_shows(plugin, managed):
    def startup(context):
        counter = context.metrics.counter("hits", labels=["who"])
        for who in "abc":
            counter.inc(who=who)

    manager = managed(plugin("a", startup), max_series=2)
    async with manager:
        folded = plugin_families(manager)[-1]
    assert folded.series == {("a", "routeiq_plugin_a_hits"): 1}
