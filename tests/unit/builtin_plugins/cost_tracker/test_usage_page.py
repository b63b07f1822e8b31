"""What a client reads of its own use."""

import time

from routeiq_plugin_sdk import Principal, Usage
from routeiq_plugin_sdk.testing import MockPluginContext

from routeiq_builtin_plugins.cost_tracker.accounts import Account
from routeiq_builtin_plugins.cost_tracker.config import Config
from routeiq_builtin_plugins.cost_tracker.reservations import Expense, reserve
from routeiq_builtin_plugins.cost_tracker.totals import Totals
from routeiq_builtin_plugins.cost_tracker.usage_page import own_budgets, usage_document

CONFIG = Config(
    budgets=[
        {"name": "own", "limit": 2, "by": ["key"]},
        {"name": "team", "limit": 5, "by": ["tenant"]},
        {"name": "per-model", "limit": 5, "by": ["key", "model"]},
    ]
)


async def test_a_principal_reads_its_sums_and_its_own_budgets():
    storage, totals, now = MockPluginContext().storage, Totals(), time.time()
    totals.add("ann", Usage(10, 5, 15), 500_000_000, now)
    await totals.write(storage)
    await reserve(storage, CONFIG.budgets, Account("ann"), Expense(500_000_000, 15), now)
    document = await usage_document(Principal("ann"), CONFIG, storage)
    (budget,) = document["budgets"]
    assert (budget["name"], budget["limit"], budget["used"], budget["remaining"]) == ("own", 2.0, 0.5, 1.5)
    assert document["month"]["cost_usd"] == 0.5
    assert document["today"]["input_tokens"] == 10
    assert (await usage_document(Principal("bob"), CONFIG, storage))["month"]["requests"] == 0


def test_what_others_share_is_nobodys_own():
    assert [budget.name for budget in own_budgets(CONFIG.budgets)] == ["own"]
