"""How calls are refused."""

from routeiq_plugin_sdk import Permit

from routeiq_builtin_plugins.cost_tracker.config import Budget
from routeiq_builtin_plugins.cost_tracker.refusals import beyond_budget, out_of_order, unpriced
from routeiq_builtin_plugins.cost_tracker.reservations import Expense, Held


def test_a_refusal_says_which_budget_how_much_is_left_and_when_it_begins_anew():
    held = Held(Budget(name="day", limit=20, window="day"), Permit(False, 10_000_000, 60.2, "k", 1, "w"))
    refusal = beyond_budget(held, Expense(30_000_000, 5), 429)
    assert refusal.message == (
        "The budget 'day' has not enough left: it is $20 a day for each key, of which $0.01 are left, and this call "
        "may need $0.03. It begins anew in 61 seconds."
    )
    assert (refusal.status_code, refusal.code) == (429, "insufficient_quota")
    assert (refusal.headers.get("retry-after"), refusal.headers.get("x-should-retry")) == ("61", "false")


def test_tokens_in_seconds_for_all():
    budget = Budget(name="all", limit=20, unit="tokens", window=90, by=[])
    refusal = beyond_budget(Held(budget, Permit(False, 3, 0.0, "k", 1, "w")), Expense(1, 5), 402)
    assert "it is 20 tokens in 90 seconds, of which 3 tokens are left" in refusal.message
    assert refusal.headers.get("retry-after") == "1"


def test_other_refusals():
    assert (unpriced("m").status_code, unpriced("m").code) == (403, "model_not_priced")
    assert (out_of_order().status_code, out_of_order().code) == (503, "budget_unavailable")
