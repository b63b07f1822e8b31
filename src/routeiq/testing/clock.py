"""Time that a test lets pass: the clock of an event loop, moved forward from one thing that is due to the next.

The loop's own clock goes on; what a test adds to it stays added as long as the loop lives, since time never goes back.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any

from routeiq_plugin_sdk.testing import HarnessError


class LoopClock:
    """The clock of one event loop, whose calls that are due some day it knows."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take over a loop's clock; `of` does it once for each loop."""
        self._time = loop.time
        self._call_at = loop.call_at
        self._added = 0.0
        self._due: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._serial = itertools.count()
        # A subclass could do the same, but the loop of an asynchronous test is not made here.
        vars(loop).update(time=self.time, call_at=self.call_at)

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop) -> LoopClock | None:
        """Return the clock of a loop, taken over if it is not yet; None if its own code does not look at it."""
        if not isinstance(loop, asyncio.BaseEventLoop):
            return None
        known = getattr(loop.time, "__self__", None)
        return known if isinstance(known, cls) else cls(loop)

    def time(self) -> float:
        """Return the loop's time in seconds."""
        return self._time() + self._added

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        """Have a function called by the loop, as `loop.call_at` does."""
        # The loop sets the handle's time against `time()`, which is this clock's.
        handle = self._call_at(when, callback, *args, context=context)
        heapq.heappush(self._due, (when, next(self._serial), handle))
        return handle

    async def advance(self, seconds: float, settle: Callable[[], Awaitable[None]]) -> None:
        """Let time pass.

        Args:
            seconds: How much of it.
            settle: Lets what has become due do its work; awaited after each step.
        """
        until = self.time() + seconds
        await settle()
        while (due := self._next(until)) is not None:
            self._added += max(0.0, due - self.time())
            await settle()
        self._added += max(0.0, until - self.time())
        await settle()

    @property
    def is_due_later(self) -> bool:
        """Whether anything is due some day."""
        return self._next(math.inf) is not None

    def _next(self, until: float) -> float | None:
        """Return when the next thing is due, if it is within the time that passes."""
        now = self.time()
        while self._due and (self._due[0][2].cancelled() or self._due[0][0] <= now):
            heapq.heappop(self._due)
        return self._due[0][0] if self._due and self._due[0][0] <= until else None


class HarnessClock:
    """The time of a harness: that of its loop, once it has one."""

    def __init__(self) -> None:
        self._clock: LoopClock | None = None

    def begin(self) -> None:
        """Go by the running loop's clock."""
        self._clock = LoopClock.of(asyncio.get_running_loop())

    def time(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic() if self._clock is None else self._clock.time()

    @property
    def is_due_later(self) -> bool:
        """Whether anything is due some day, as far as that is known."""
        return self._clock is None or self._clock.is_due_later

    async def advance(self, seconds: float, settle: Callable[[], Awaitable[None]]) -> None:
        """Let time pass. Raises HarnessError where it cannot be moved, ValueError for time that would go back."""
        if not seconds >= 0:
            raise ValueError(f"advance_time({seconds!r}): time does not go back")
        if self._clock is None:
            loop = type(asyncio.get_running_loop())
            raise HarnessError(
                f"the clock of {loop.__module__}.{loop.__name__} cannot be moved: let the tests run in asyncio's own"
                " event loop, or use the harness without async (with PluginTestHarness(...))"
            )
        await self._clock.advance(seconds, settle)
