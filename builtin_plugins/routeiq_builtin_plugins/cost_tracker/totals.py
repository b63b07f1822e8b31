"""What each key has used, by day and by month: added up in memory, and written together from time to time.

Budgets are kept exactly, at once; these sums are for reading, and a process that is killed takes the last seconds of
them with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from routeiq_plugin_sdk import Storage, Usage

from .accounts import total_key
from .periods import Calendar, period

FIELDS: Final = ("requests", "input_tokens", "output_tokens", "nano_dollars")
KEPT: Final[Mapping[Calendar, float]] = {"day": 40 * 86400.0, "month": 400 * 86400.0}
"""For how many seconds a sum is kept, from its first call on."""


class Totals:
    """The sums that have not been written yet."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[int, float]] = {}

    def add(self, key: str | None, usage: Usage | None, nano: int, now: float) -> None:
        """Add a call of a key.

        Args:
            key: Whose it is; None: of those whom nobody knows.
            usage: Its tokens, if they are known.
            nano: What it cost, in nano-dollars.
            now: Seconds since the epoch.
        """
        told = usage or Usage()
        amounts = (1, told.prompt_tokens, told.completion_tokens, nano)
        for window, kept in KEPT.items():
            running = period(window, now)
            for name, amount in zip(FIELDS, amounts, strict=True):
                if amount > 0:
                    place = total_key(key, running, name)
                    self._waiting[place] = (self._waiting.get(place, (0, kept))[0] + amount, kept)

    async def write(self, storage: Storage) -> None:
        """Write what waits. Raises StorageUnavailable; what could not be written goes on waiting."""
        for place in list(self._waiting):
            amount, kept = self._waiting.pop(place)
            written = False
            try:
                await storage.incr(place, amount, kept)
                written = True
            finally:
                if not written:
                    self._waiting[place] = (self._waiting.get(place, (0, kept))[0] + amount, kept)


async def used(storage: Storage, key: str | None, window: Calendar, now: float) -> dict[str, int]:
    """Return the sums of a key in the period that runs now. Raises StorageUnavailable."""
    running = period(window, now)
    return {name: int(await storage.get(total_key(key, running, name), 0)) for name in FIELDS}
