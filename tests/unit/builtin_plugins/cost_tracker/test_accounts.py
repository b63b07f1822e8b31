"""Whom a call is counted for."""

import string

from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk import LLMCall, Principal

from routeiq_builtin_plugins.cost_tracker.accounts import Account, budget_key, tenant_of, total_key
from routeiq_builtin_plugins.cost_tracker.config import Budget
from routeiq_builtin_plugins.cost_tracker.periods import Period

ALL = Budget(name="all", limit=1, by=["key", "user", "tenant", "model"])
ACCOUNTS = st.builds(Account, *[st.none() | st.text(max_size=4)] * 4)
PERIOD = Period("2026-11", 5)


@given(ACCOUNTS, ACCOUNTS)
def test_two_accounts_share_a_budget_only_if_they_are_the_same(one, other):
    assert (budget_key(ALL, one, PERIOD) == budget_key(ALL, other, PERIOD)) == (one == other)
    by_key = ALL.model_copy(update={"by": ("key",)})
    assert (budget_key(by_key, one, PERIOD) == budget_key(by_key, other, PERIOD)) == (one.key == other.key)


@given(st.text())
def test_keys_are_short_and_plain_whatever_clients_name(text):
    for key in (budget_key(ALL, Account(user=text), PERIOD), total_key(text, PERIOD, "requests")):
        assert len(key) < 130
        assert set(key) <= set(string.ascii_letters + string.digits + ":-_")


def test_budgets_periods_and_units_are_apart():
    tokens = ALL.model_copy(update={"unit": "tokens"})
    keys = [budget_key(one, Account(), when) for one in (ALL, tokens) for when in (PERIOD, Period("2026-12", 5))]
    assert len(set(keys)) == 4
    assert total_key("a", PERIOD, "requests") != total_key(None, PERIOD, "requests")


def test_all_that_is_known_of_a_call_is_taken():
    call = LLMCall("c", "chat", "echo", principal=Principal("ann", metadata={"team": "t", "n": 7}))
    assert Account.of(call, {"user": "u"}, "team") == Account("ann", "u", "t", "echo")
    assert tenant_of(call.principal, "n") == "7"
    assert tenant_of(call.principal, "none") is None
    assert tenant_of(None, "team") is None
