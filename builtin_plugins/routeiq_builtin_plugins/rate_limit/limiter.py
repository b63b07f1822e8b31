"""Several limits at once, all or nothing, over a storage that keeps each of them exactly.

Each limit is reserved in turn; when one refuses, or the storage fails, what the others gave goes back. No limit is ever
exceeded so. For a moment a request that is refused in the end takes from the others, so that one beside it may be
refused although it would have fitted: that is the safe side.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from routeiq_plugin_sdk import Permit, Storage, StorageUnavailable

from .config import Limit


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of a limit: an amount, for the client or whatever else that `key` stands for."""

    limit: Limit
    key: str
    amount: int = 1


@dataclass(frozen=True, slots=True)
class Held:
    """What a limit answered."""

    limit: Limit
    permit: Permit


async def take(storage: Storage, demands: Sequence[Demand]) -> tuple[list[Held], Held | None]:
    """Return what was reserved, and the answer that refused; then nothing stays reserved, and the list is empty.

    Raises:
        StorageUnavailable: The storage cannot be reached; what it had given goes back if it can be.
    """
    held: list[Held] = []
    complete = False
    try:
        for demand in demands:
            permit = await storage.acquire(demand.key, demand.limit.limit, demand.limit.window, demand.amount)
            if not permit.granted:
                return [], Held(demand.limit, permit)
            held.append(Held(demand.limit, permit))
        complete = True
        return held, None
    finally:
        # Also when the deadline passes or the client leaves half-way: a reservation must not outlive its request.
        if not complete:
            with suppress(StorageUnavailable):
                await give_back(storage, held)


async def give_back(storage: Storage, held: Sequence[Held]) -> None:
    """Give back what was reserved. Raises StorageUnavailable."""
    await settle(storage, held, 0)


async def settle(storage: Storage, held: Sequence[Held], used: int) -> None:
    """Correct what was reserved of each limit to what was really used. Raises StorageUnavailable."""
    for one in held:
        await storage.settle(one.permit, used)
