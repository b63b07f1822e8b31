"""Parts of several budgets at once."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from routeiq_plugin_sdk import StorageUnavailable
from routeiq_plugin_sdk.testing import MockPluginContext

from routeiq_builtin_plugins.cost_tracker.accounts import Account
from routeiq_builtin_plugins.cost_tracker.config import Budget
from routeiq_builtin_plugins.cost_tracker.reservations import Expense, reserve, settle, standing

ANN = Account(key="ann", model="m")
MONEY = Budget(name="money", limit="0.000001", window=60)  # a thousand nano-dollars
TOKENS = Budget(name="tokens", unit="tokens", limit=50, window=60, by=["key", "model"])
NOW = 1_800_000_000.0


async def used(storage, budget, account=ANN):
    permit = await standing(storage, budget, account, NOW)
    assert not permit.granted
    return budget.amount - permit.remaining


async def test_a_call_reserves_of_all_budgets_and_settles_what_it_used():
    storage = MockPluginContext().storage
    reserved, refused = await reserve(storage, [MONEY, TOKENS], ANN, Expense(600, 30), NOW)
    assert (refused, await used(storage, MONEY), await used(storage, TOKENS)) == (None, 600, 30)
    await settle(storage, reserved, Expense(100, 40))
    assert (await used(storage, MONEY), await used(storage, TOKENS)) == (100, 40)


async def test_what_one_budget_refuses_takes_nothing_from_the_others():
    storage = MockPluginContext().storage
    reserved, refused = await reserve(storage, [MONEY, TOKENS], ANN, Expense(600, 51), NOW)
    assert (reserved.held, refused.budget) == ([], TOKENS)
    assert await used(storage, MONEY) == 0


async def test_a_call_that_costs_nothing_is_granted_though_the_budget_is_used_up():
    storage = MockPluginContext().storage
    await reserve(storage, [MONEY], ANN, Expense(1000, 1), NOW)
    assert (await reserve(storage, [MONEY], ANN, Expense(1, 1), NOW))[1] is not None
    assert (await reserve(storage, [MONEY], ANN, Expense(0, 1), NOW))[1] is None


async def test_an_outage_half_way_gives_back_what_was_reserved():
    storage = MockPluginContext().storage

    class Failing:
        settle = staticmethod(storage.settle)

        async def acquire(self, key, limit, window, amount):
            if key.startswith("tokens"):
                raise StorageUnavailable("away")
            return await storage.acquire(key, limit, window, amount)

    with pytest.raises(StorageUnavailable):
        await reserve(Failing(), [MONEY, TOKENS], ANN, Expense(600, 30), NOW)
    assert await used(storage, MONEY) == 0


CALLS = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60)), max_size=25)


@settings(max_examples=50)
@given(CALLS, st.randoms(use_true_random=False))
def test_no_budget_is_exceeded_by_more_than_calls_cost_beyond_what_was_expected_of_them(calls, random):
    """The law of budgets, for any calls at once: spent <= limit + the sum of what each cost beyond its expectation."""

    async def run():
        storage = MockPluginContext().storage
        excess = granted = 0

        async def call(expected, cost):
            nonlocal excess, granted
            reserved, refused = await reserve(storage, [TOKENS], ANN, Expense(0, expected), NOW)
            await asyncio.sleep(0)
            if refused is None:
                granted += cost
                excess += max(0, cost - expected)
                await settle(storage, reserved, Expense(0, cost))

        shuffled = random.sample(calls, len(calls))
        await asyncio.gather(*(call(*one) for one in shuffled))
        assert granted <= TOKENS.amount + excess
        assert await used(storage, TOKENS) == min(granted, TOKENS.amount)

    asyncio.run(run())
