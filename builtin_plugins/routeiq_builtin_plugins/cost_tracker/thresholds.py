"""Warnings that a budget is nearly used up: each once for a window, over all workers and replicas."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

from routeiq_plugin_sdk import Storage

from .accounts import Account
from .prices import dollars
from .reservations import Held

_REMEMBERED: Final = 10_000


class Thresholds:
    """Remembers what was told, so that the storage is asked only when a share is reached first."""

    def __init__(self) -> None:
        self._told: OrderedDict[tuple[str, str, float], None] = OrderedDict()

    async def due(self, held: Sequence[Held], account: Account, storage: Storage) -> list[dict[str, Any]]:
        """Return the data of the events that are due. Raises StorageUnavailable."""
        due: list[dict[str, Any]] = []
        for one in held:
            limit = one.budget.amount
            used = limit - one.permit.remaining
            reached = [share for share in one.budget.warn_at if used >= share * limit]
            due += [_told(one, account, share, used) for share in reached if await self._is_first(one, share, storage)]
        return due

    async def _is_first(self, one: Held, share: float, storage: Storage) -> bool:
        permit = one.permit
        mark = permit.key, permit.window, share
        if mark in self._told:
            return False
        self._told[mark] = None
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        key = f"warned:{permit.key}:{permit.window}:{share}"
        return await storage.incr(key, expires_in=max(permit.reset_after, 1.0)) == 1


def _told(one: Held, account: Account, share: float, used: int) -> dict[str, Any]:
    budget = one.budget
    shown = dollars if budget.unit == "usd" else int
    return {
        "budget": budget.name,
        "unit": budget.unit,
        "limit": shown(budget.amount),
        "used": shown(used),
        "share": share,
        "resets_in": one.permit.reset_after,
        **{part: getattr(account, part) for part in budget.by},
    }
