"""Parts of several budgets at once, all or nothing, over a storage that keeps each of them exactly.

Each budget is reserved in turn; when one refuses, or the storage fails, what the others gave goes back. No budget is
ever exceeded so by what was expected; what a call costs beyond that is added when it ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from routeiq_plugin_sdk import Permit, Storage, StorageUnavailable

from .accounts import Account, budget_key
from .config import Budget
from .periods import period

LARGEST: Final = 2**53 - 1
"""What a storage may be asked for."""


@dataclass(frozen=True, slots=True)
class Expense:
    """What a call needs, or has used: nano-dollars, and tokens."""

    nano: int
    tokens: int

    def of(self, unit: str) -> int:
        """Return the amount in the unit of a budget."""
        return self.nano if unit == "usd" else self.tokens


@dataclass(frozen=True, slots=True)
class Held:
    """What a budget answered."""

    budget: Budget
    permit: Permit


@dataclass(slots=True)
class Reserved:
    """What a call has reserved, until it ends.

    Attributes:
        expected: What it is expected to need; None where nothing was asked for.
        held: What the budgets gave.
    """

    expected: Expense | None = None
    held: list[Held] = field(default_factory=list)


async def reserve(
    storage: Storage, budgets: Sequence[Budget], account: Account, expected: Expense, now: float
) -> tuple[Reserved, Held | None]:
    """Return what was reserved, and the answer that refused; then nothing stays reserved.

    Args:
        storage: Where budgets are kept.
        budgets: Those that the call falls to.
        account: Whom it is counted for.
        expected: What it is expected to need; a budget is not asked for nothing.
        now: Seconds since the epoch.

    Raises:
        StorageUnavailable: The storage cannot be reached; what it had given goes back if it can be.
    """
    reserved, complete = Reserved(expected), False
    try:
        for budget in budgets:
            amount = min(expected.of(budget.unit), LARGEST)
            if amount <= 0:
                continue
            running = period(budget.window, now)
            key = budget_key(budget, account, running)
            permit = await storage.acquire(key, budget.amount, running.seconds, amount)
            if not permit.granted:
                return Reserved(), Held(budget, permit)
            reserved.held.append(Held(budget, permit))
        complete = True
        return reserved, None
    finally:
        # Also when the deadline passes or the client leaves half-way: a reservation must not outlive its call.
        if not complete:
            with suppress(StorageUnavailable):
                await settle(storage, reserved, Expense(0, 0))


async def settle(storage: Storage, reserved: Reserved, used: Expense) -> None:
    """Correct what was reserved to what was really used. Raises StorageUnavailable."""
    for one in reserved.held:
        await storage.settle(one.permit, min(used.of(one.budget.unit), LARGEST))


async def standing(storage: Storage, budget: Budget, account: Account, now: float) -> Permit:
    """Return how an account stands with a budget: an amount that is never granted changes nothing.

    Raises:
        StorageUnavailable: The storage cannot be reached.
    """
    running = period(budget.window, now)
    return await storage.acquire(budget_key(budget, account, running), budget.amount, running.seconds, LARGEST)
