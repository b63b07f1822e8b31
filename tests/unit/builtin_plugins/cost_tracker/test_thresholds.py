"""Warnings that a budget is nearly used up."""

from routeiq_plugin_sdk import Permit
from routeiq_plugin_sdk.testing import MockPluginContext

from routeiq_builtin_plugins.cost_tracker.accounts import Account
from routeiq_builtin_plugins.cost_tracker.config import Budget
from routeiq_builtin_plugins.cost_tracker.reservations import Held
from routeiq_builtin_plugins.cost_tracker.thresholds import Thresholds

BUDGET = Budget(name="b", unit="tokens", limit=100, warn_at=[0.9, 0.5], by=["key"])


def held(used, window="w"):
    return [Held(BUDGET, Permit(True, 100 - used, 60.0, "k", 1, window))]


async def test_each_share_is_told_once_in_a_window():
    storage, thresholds = MockPluginContext().storage, Thresholds()
    told = [await thresholds.due(held(used), Account("ann"), storage) for used in (10, 50, 60, 95, 100)]
    assert [[data["share"] for data in due] for due in told] == [[], [0.5], [], [0.9], []]
    assert told[1] == [
        {"budget": "b", "unit": "tokens", "limit": 100, "used": 50, "share": 0.5, "resets_in": 60.0, "key": "ann"}
    ]
    assert len(await thresholds.due(held(95, "next"), Account("ann"), storage)) == 2


async def test_another_worker_does_not_repeat_it():
    storage = MockPluginContext().storage
    assert len(await Thresholds().due(held(60), Account("ann"), storage)) == 1
    assert await Thresholds().due(held(60), Account("ann"), storage) == []
