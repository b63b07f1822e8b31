"""What plans counted, as families and as a listing."""

import pytest
from routeiq_plugin_sdk import PluginRequest

from routeiq.adapters.prometheus import Snapshot, listing, merged
from routeiq.adapters.prometheus.hooks import BOUNDS, SHOWN, HookCounts
from routeiq.core.logging import Activity


def called(manager, times=1):
    for _ in range(times):
        manager.plans.request.call(PluginRequest.mock(), Activity("r"))


def snapshot(counts):
    return Snapshot({family.name: family for family in counts.families()}, counts.last_errors())


def breaking(request):
    raise ValueError("no")


breaking.__name__ = "request"


async def test_calls_and_failures_are_told_by_plugin_and_phase(plugin, managed):
    def request(): ...

    manager = managed(plugin("a", request), plugin("b", breaking))
    counts = HookCounts(manager)
    async with manager:
        called(manager, 3)
        families = snapshot(counts).families
    assert families["routeiq_hook_calls"].series == {("a", "request"): 3, ("b", "request"): 3}
    assert families["routeiq_hook_errors"].series == {("a", "request"): 0, ("b", "request"): 3}
    assert families["routeiq_hook_timeouts"].series == {("a", "request"): 0, ("b", "request"): 0}
    assert families["routeiq_hook_audited"].series == {("a", "request"): 0, ("b", "request"): 0}
    assert counts.last_errors() == {("b", "request"): "ValueError: no"}


def test_hooks_of_the_life_cycle_are_not_hooks_of_requests(plugin, managed):
    def startup(): ...

    assert snapshot(HookCounts(managed(plugin("a", startup)))).families["routeiq_hook_calls"].series == {}


@pytest.mark.parametrize(
    ("nanoseconds", "bucket"),
    [
        (0, 0),
        (200, 0),
        (256, 1),
        (511, 1),
        (512, 2),
        (1_000_000, 12),
        ((1 << 34) - 1, 26),
        (1 << 34, 27),
        (1 << 40, 27),
    ],
)
def test_latencies_fall_into_the_buckets_of_powers_of_two(plugin, managed, nanoseconds, bucket):
    def request(): ...

    manager = managed(plugin("a", request))
    (statistics,) = manager.counts()
    statistics.measured(nanoseconds or 1)
    cells = HookCounts(manager).families()[-1].series["a", "request"]
    assert cells[0] == pytest.approx((nanoseconds or 1) / 1e9)
    assert [position for position, count in enumerate(cells[1:]) if count] == [bucket]
    if bucket < len(BOUNDS):
        assert nanoseconds / 1e9 <= BOUNDS[bucket]


def test_every_second_power_from_a_microsecond_to_seventeen_seconds_is_told():
    assert (BOUNDS[SHOWN[0]], BOUNDS[SHOWN[-1]]) == (1.024e-06, pytest.approx(17.18, abs=0.01))
    assert len(SHOWN) == 13


async def test_totals_do_not_fall_when_a_plugin_is_taken_out_and_comes_again(plugin, managed):
    def request(): ...

    def startup(): ...

    manager = managed(plugin("other", startup), plugin("a", request))
    counts = HookCounts(manager)
    async with manager:
        called(manager, 2)
        counts.families()
        await manager.unregister("a")
        assert snapshot(counts).families["routeiq_hook_calls"].series == {("a", "request"): 2}
        manager.register(plugin("a", request))
        await manager.settled()
        called(manager)
        assert snapshot(counts).families["routeiq_hook_calls"].series == {("a", "request"): 3}


async def test_the_listing_has_the_figures_of_all_processes(plugin, managed):
    manager = managed(plugin("b", breaking))
    counts = HookCounts(manager)
    async with manager:
        called(manager, 3)
        (statistics,) = manager.counts()
        for nanoseconds in (1000, 3000):
            statistics.measured(nanoseconds)
        one = snapshot(counts)
        hooks = listing(manager.hooks(), merged([one, one]))
    (listed,) = next(hook for hook in hooks if hook["name"] == "request")["plugins"]
    assert listed == {
        "name": "b",
        "because": "priority 1000",
        "when": None,
        "calls": 6,
        "errors": 6,
        "timeouts": 0,
        "audited": 0,
        "last_error": "ValueError: no",
        "sampled": 4,
        "latency_mean": pytest.approx(2e-6),
        "latency_p50": pytest.approx(1.024e-6),
        "latency_p99": pytest.approx(4.096e-6),
    }
