"""What each key has used, by day and by month: added up in memory, and written together from time to time.

Budgets are kept exactly, at once; these sums are for reading, and a process that is killed takes the last seconds of
them with it.
"""

from __future__ import annotations

from typing import Final

from routeiq_plugin_sdk import Storage, StorageUnavailable, Usage

from .accounts import total_key
from .periods import Calendar, period

FIELDS: Final = ("requests", "input_tokens", "output_tokens", "nano_dollars")
KEPT: Final = (40 * 86400.0, 400 * 86400.0)
"""For how many seconds the sums of a day and of a month are kept, from their first call on."""
_WINDOWS: Final[tuple[Calendar, ...]] = ("day", "month")
_DAY: Final = 86400


class Totals:
    """The sums that have not been written yet."""

    def __init__(self) -> None:
        self._sums: dict[tuple[int, str | None], list[int]] = {}  # by the day's number
        self._waiting: dict[str, tuple[int, float]] = {}  # by the storage's keys, with how long they are kept

    def add(self, key: str | None, usage: Usage | None, nano: int, now: float) -> None:
        """Add a call of a key. Cheap: it is done while the client waits for its answer.

        Args:
            key: Whose it is; None: of those whom nobody knows.
            usage: Its tokens, if they are known.
            nano: What it cost, in nano-dollars.
            now: Seconds since the epoch.
        """
        sums = self._sums.setdefault((int(now // _DAY), key), [0, 0, 0, 0])
        sums[0] += 1
        sums[3] += nano
        if usage is not None:
            sums[1] += usage.prompt_tokens
            sums[2] += usage.completion_tokens

    async def write(self, storage: Storage) -> None:
        """Write what waits. Raises StorageUnavailable; what could not be written goes on waiting."""
        sums, self._sums = self._sums, {}
        for (day, key), amounts in sums.items():
            for window, kept in zip(_WINDOWS, KEPT, strict=True):
                running = period(window, day * _DAY)
                for name, amount in zip(FIELDS, amounts, strict=True):
                    self._wait(total_key(key, running, name), amount, kept)
        for place in list(self._waiting):
            amount, kept = self._waiting.pop(place)
            try:
                await storage.incr(place, amount, kept)
            except StorageUnavailable:
                self._wait(place, amount, kept)
                raise

    def _wait(self, place: str, amount: int, kept: float) -> None:
        if amount > 0:
            self._waiting[place] = (self._waiting.get(place, (0, kept))[0] + amount, kept)


async def used(storage: Storage, key: str | None, window: Calendar, now: float) -> dict[str, int]:
    """Return the sums of a key in the period that runs now. Raises StorageUnavailable."""
    running = period(window, now)
    return {name: int(await storage.get(total_key(key, running, name), 0)) for name in FIELDS}
