"""The clock of the read timeout: one timer for many waits, armed anew when it fires and not whenever a byte comes."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable


class ReadClock:
    """Calls back once nothing has happened for a while.

    The callback may come when nobody waits any more: who gets it decides. It never comes before its time, and after
    it the clock stands still until it is started again.

    Attributes:
        limit: Seconds from the last event to the callback; infinite for none.
        since: When the last event was, by the loop's clock; to set it is all that an event costs.
    """

    __slots__ = ("_due", "_expired", "_loop", "_timer", "limit", "since")

    def __init__(self, loop: asyncio.AbstractEventLoop, expired: Callable[[], None]) -> None:
        self.limit = math.inf
        self.since = 0.0
        self._due = math.inf
        self._expired = expired
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Count from now. An earlier start's timer is left alone, unless it would fire too late."""
        now = self.since = self._loop.time()
        if now + self.limit < self._due:
            self._arm(now + self.limit)

    def stop(self) -> None:
        """Give up the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._due = math.inf

    def _arm(self, due: float) -> None:
        self.stop()
        self._due = due
        self._timer = self._loop.call_at(due, self._check)

    def _check(self) -> None:
        self.stop()
        due = self.since + self.limit
        if self._loop.time() >= due:
            self._expired()
        elif due < math.inf:
            self._arm(due)
