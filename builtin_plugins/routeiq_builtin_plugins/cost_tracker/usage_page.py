"""What a client reads of its own use: sums of today and this month, and how it stands with its budgets."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

from routeiq_plugin_sdk import Principal, Storage

from ..calls import tenant_of
from .accounts import Account
from .config import Budget, Config
from .periods import Calendar, period
from .prices import dollars
from .reservations import standing
from .totals import used

_SUMS: Final[tuple[tuple[str, Calendar], ...]] = (("today", "day"), ("month", "month"))


async def usage_document(principal: Principal, config: Config, storage: Storage) -> dict[str, Any]:
    """Return the document of one principal, of whom alone it tells. Raises StorageUnavailable."""
    now = time.time()
    account = Account(key=principal.id, tenant=tenant_of(principal, config.tenant))
    sums = {}
    for name, window in _SUMS:
        found = await used(storage, principal.id, window, now)
        spent = dollars(found.pop("nano_dollars"))
        sums[name] = {"period": period(window, now).name, **found, "cost_usd": spent}
    budgets = [await _budget(one, account, storage, now) for one in own_budgets(config.budgets)]
    return {"object": "usage", "key": principal.id, **sums, "budgets": budgets}


def own_budgets(budgets: Sequence[Budget]) -> list[Budget]:
    """Return the budgets that a key has to itself, whoever its users are and whatever models it calls."""
    return [budget for budget in budgets if "key" in budget.by and set(budget.by) <= {"key", "tenant"}]


async def _budget(budget: Budget, account: Account, storage: Storage, now: float) -> dict[str, Any]:
    permit = await standing(storage, budget, account, now)
    limit, left = budget.amount, permit.remaining
    shown = dollars if budget.unit == "usd" else int
    return {
        "name": budget.name,
        "unit": budget.unit,
        "window": budget.window,
        "limit": shown(limit),
        "used": shown(limit - left),
        "remaining": shown(left),
        "resets_in": round(permit.reset_after, 3),
    }
