"""Subscriptions to events: for each a bounded queue, and a task that calls the handler with what is in it.

A slow handler is late itself, and loses what its queue cannot hold. The newest are dropped, so that what is delivered
has no gap but where the queue was full.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from routeiq_plugin_sdk import Event
from routeiq_plugin_sdk.events import EventHandler

from .errors import PluginCancelled
from .event_names import PLUGIN_ERROR
from .lifetime import CONTAINED, Lifetime, Work, is_own
from .logging import Activity, current_activity

SLICE: Final = 0.0002  # seconds that a handler which never waits may keep the loop, before others get their turn
_WARNING: Final = 60.0  # seconds between two warnings about one reader

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class EventFigures:
    """What became of the events for the handlers of one plugin, since the manager was made.

    Attributes:
        delivered: Calls of handlers that have ended, failures included.
        dropped: Events that found a queue full.
        failed: Calls that failed.
    """

    delivered: int = 0
    dropped: int = 0
    failed: int = 0


class BusSubscription(Work):
    """The SDK's `Subscription`: a queue, and the task that calls the handler with what is in it.

    Attributes:
        dropped: How many events found the queue full.
    """

    where = "events.subscribe"

    def __init__(
        self,
        lifetime: Lifetime,
        pattern: str,
        handler: EventHandler,
        limit: int,
        figures: EventFigures,
        remove: Callable[[BusSubscription], None],
    ) -> None:
        """Make one.

        Args:
            limit: How many events may wait.
            figures: Where it is counted what becomes of them.
            remove: Takes it off the bus.
        """
        super().__init__(lifetime, handler, f"the handler of events {pattern!r}")
        self.pattern = pattern
        self.dropped = 0
        self._remove = remove
        self._queue: deque[Event] = deque()
        self._limit = limit
        self._figures = figures
        self._warned_until = 0.0

    @property
    def waiting(self) -> int:
        """How many events wait for the handler."""
        return len(self._queue)

    def put(self, event: Event) -> None:
        """Take an event; in the loop's thread."""
        if self.over:
            return
        if len(self._queue) >= self._limit:
            self.drop(1)
            return
        self._queue.append(event)
        if self._waiter is not None:
            self.wake()

    def drop(self, count: int) -> None:
        """Count events that there was no room for; in the loop's thread."""
        self.dropped += count
        self._figures.dropped += count
        now = time.monotonic()
        if now >= self._warned_until:
            self._warned_until = now + _WARNING
            words = "plugin %s: %s is slower than they come: %d were dropped so far, %d wait"
            logger.warning(words, self.lifetime.plugin, self.description, self.dropped, len(self._queue))

    def cancel(self) -> None:
        """End it: what waits is given up, a call that runs goes on to its end."""
        self._remove(self)
        self.over = True
        self._queue.clear()
        self.lifetime.call(self.wind_up)

    def wind_up(self) -> None:
        """Take no further events; what waits is still delivered."""
        self._remove(self)
        super().wind_up()

    async def run(self) -> None:
        """Call the handler with each event in turn."""
        queue = self._queue
        loop = asyncio.get_running_loop()
        while True:
            began = time.monotonic()
            while queue:
                event = queue.popleft()
                # What the handler logs and emits belongs to the request that the event is of.
                current_activity.set(None if event.request_id is None else Activity(event.request_id))
                try:
                    awaitable = self.called(event)
                    if awaitable is not None:
                        await awaitable
                except CONTAINED as exception:
                    self._fail(event, exception)
                except asyncio.CancelledError as exception:
                    if not is_own(exception):
                        raise
                    self._fail(event, PluginCancelled("the handler let a cancellation of its own escape"))
                self._figures.delivered += 1
                if time.monotonic() - began > SLICE:
                    await asyncio.sleep(0)
                    began = time.monotonic()
            if self.over:
                return
            self._waiter = loop.create_future()
            await self._waiter

    def _fail(self, event: Event, exception: BaseException) -> None:
        self._figures.failed += 1
        # A failure at the news of a failure is no news: two such handlers would go on telling each other.
        self.failed(exception, quietly=event.name == PLUGIN_ERROR)
