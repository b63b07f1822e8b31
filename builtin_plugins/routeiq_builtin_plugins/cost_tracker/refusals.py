"""How calls are refused, in words and codes that clients know from OpenAI's API."""

from __future__ import annotations

import math

from routeiq_plugin_sdk import Reject

from .config import Budget
from .prices import dollars
from .reservations import Expense, Held


def beyond_budget(refused: Held, expected: Expense, status_code: int) -> Reject:
    """Return the refusal of a call that a budget has not enough left for.

    OpenAI's clients repeat a call that gets 429, unless `x-should-retry` says that this is in vain.
    """
    budget = refused.budget
    wait = max(1, math.ceil(refused.permit.reset_after))
    message = (
        f"The budget {budget.name!r} has not enough left: it is {_shown(budget, budget.amount)} {_window(budget)}"
        f"{_whose(budget)}, of which {_shown(budget, refused.permit.remaining)} are left, and this call may need "
        f"{_shown(budget, expected.of(budget.unit))}. It begins anew in {wait} seconds."
    )
    return Reject(status_code, message, "insufficient_quota", {"retry-after": str(wait), "x-should-retry": "false"})


def unpriced(model: str) -> Reject:
    """Return the refusal of a call of a model without a price."""
    return Reject(403, f"The model {model!r} has no price here, and may not be used without one.", "model_not_priced")


def out_of_order() -> Reject:
    """Return the refusal of a call whose budgets cannot be asked."""
    message = "Budgets cannot be checked now: try again later."
    return Reject(503, message, "budget_unavailable", {"retry-after": "5"})


def _shown(budget: Budget, amount: int) -> str:
    return f"${dollars(amount):.6g}" if budget.unit == "usd" else f"{amount} tokens"


def _window(budget: Budget) -> str:
    return f"in {budget.window} seconds" if isinstance(budget.window, int) else f"a {budget.window}"


def _whose(budget: Budget) -> str:
    return f" for each {' and '.join(budget.by)}" if budget.by else ""
