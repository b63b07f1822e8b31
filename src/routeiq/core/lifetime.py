"""One run of a plugin, from its start to its stop, and what it has going on in it besides its hooks.

Whatever a plugin sets going, a subscription or a timer, is `Work` of the lifetime in which it did: it begins when the
start has succeeded, and has ended when the plugin's `shutdown` is called, so that no task outlives its plugin. Works
are tasks of the manager's loop, outside of any request.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final, Protocol

from .errors import NotRunningError

GRACE: Final = 2.0  # seconds in which what is under way may end by itself when its plugin stops
STUBBORN: Final = 1.0  # seconds in which what was cancelled may end
CONTAINED: Final = (Exception, SystemExit)
_TELLING: Final = 1.0  # seconds between two words about failures of one work

logger = logging.getLogger(__name__)


class Tell(Protocol):
    """Is told of failures of plugins."""

    def __call__(self, plugin: str, hook: str, exception: BaseException, count: int = 1) -> None:
        """Hear of one, or of the latest of several: `hook` says where it happened."""


class Lifetime:
    """What a plugin has going on from one start to the stop that follows.

    Attributes:
        plugin: The plugin's name; None for the host's own works.
        context: The plugin's latest context.
        tell: Told of failures; None for the host's own.
    """

    def __init__(self, plugin: str | None = None, tell: Tell | None = None) -> None:
        self.plugin = plugin
        self.context: Any = None
        self.tell = tell
        self._works: set[Work] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._over = False
        self._lock = threading.Lock()  # offloaded hooks set works going too

    @property
    def busy(self) -> bool:
        """Whether any of it is under way, and does not just wait for its time or for an event."""
        return any(work.busy for work in tuple(self._works))

    def take(self, work: Work) -> None:
        """Make a work part of this lifetime. It begins at once, or with the lifetime.

        Raises:
            NotRunningError: if the plugin has been stopped.
        """
        with self._lock:
            if self._over:
                raise NotRunningError(
                    f"plugin {self.plugin!r} is stopped: it can subscribe to events and set timers until its shutdown"
                )
            self._works.add(work)
            begun = self._loop is not None
        if begun:
            self.call(work.start)

    def begin(self) -> None:
        """Let the works begin, in the loop that runs now."""
        with self._lock:
            self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
            works = list(self._works)
        for work in works:
            work.start()

    def call(self, function: Callable[[], None]) -> None:
        """Call a function in the loop's thread: at once, or soon from another thread. Before the beginning: at once."""
        if self._loop is None or threading.get_ident() == self._thread:
            function()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function)

    def forget(self, work: Work) -> None:
        """Let go of a work that has ended."""
        with self._lock:
            self._works.discard(work)

    async def end(self, grace: float = GRACE) -> None:
        """End all works: what is under way may end by itself within `grace` seconds, then it is cancelled."""
        with self._lock:
            self._over = True
            works = list(self._works)
            self._works.clear()
        for work in works:
            work.wind_up()
        # One of them may be what stops the plugin: it cannot wait for itself.
        tasks = {work.task for work in works if work.task is not None} - {asyncio.current_task()}
        if not tasks:
            return
        try:
            _, late = await asyncio.wait(tasks, timeout=grace)
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            raise
        for task in late:
            task.cancel()
        _, stubborn = await asyncio.wait(late, timeout=STUBBORN) if late else (late, late)
        for task in stubborn:
            logger.error("plugin %s is stopped, and %s goes on although it was cancelled", self.plugin, task.get_name())


class Work(ABC):
    """Something that a plugin has going on: a task, and what becomes of its failures.

    Attributes:
        lifetime: Whose it is.
        where: What `plugin.error` calls it.
        description: What logs call it.
        over: Whether nothing new begins any more.
        task: What runs, once it has begun.
        failures: How often it failed.
    """

    where: str

    def __init__(self, lifetime: Lifetime, function: Callable[..., Any], description: str) -> None:
        self.lifetime = lifetime
        self.description = description
        self.over = False
        self.task: asyncio.Task[None] | None = None
        self.failures = 0
        self._function = function
        self._takes_context = takes_context(function)
        self._waiter: asyncio.Future[None] | None = None
        self._untold = 0
        self._silent_until = 0.0

    @property
    def busy(self) -> bool:
        """Whether it is under way: begun, not ended, and not waiting to be woken."""
        return self.task is not None and not self.task.done() and self._waiter is None

    @abstractmethod
    async def run(self) -> None:
        """Go on until it is over and what was under way is done."""

    def start(self) -> None:
        """Begin, in the loop that runs now; a context of its own keeps it out of the request in which that happens."""
        if self.over or self.task is not None:
            return
        loop = asyncio.get_running_loop()
        self.task = loop.create_task(self.run(), name=self.description, context=contextvars.Context())
        self.task.add_done_callback(lambda _: self.lifetime.forget(self))

    def wind_up(self) -> None:
        """Let nothing new begin; harmless when repeated."""
        self.over = True
        if self.task is None:
            self.lifetime.forget(self)
        self.wake()

    async def pause(self, seconds: float) -> None:
        """Wait for some seconds, or until something wakes it."""
        if self.over:
            return
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        alarm = loop.call_later(seconds, self.wake)
        try:
            await waiter
        finally:
            alarm.cancel()

    def wake(self) -> None:
        """Let `run` go on if it waits."""
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def called(self, *arguments: Any) -> Any:
        """Call the plugin's function, and return what is to be awaited, or None."""
        if self._takes_context:
            result = self._function(*arguments, context=self.lifetime.context)
        else:
            result = self._function(*arguments)
        return result if result is not None and hasattr(result, "__await__") else None

    def failed(self, exception: BaseException, *, quietly: bool = False) -> None:
        """Count a failure, and tell of it, at most once a second: what fails at each event must not fill the log.

        Args:
            quietly: Whether it is only logged.
        """
        self.failures += 1
        self._untold += 1
        now = time.monotonic()
        if now < self._silent_until:
            return
        self._silent_until = now + _TELLING
        count, self._untold = self._untold, 0
        times = f" ({count} times since this was last said)" if count > 1 else ""
        words = "plugin %s failed in %s%s: %s: %s"
        plugin, kind = self.lifetime.plugin, type(exception).__name__
        logger.error(words, plugin, self.description, times, kind, exception, exc_info=exception)
        if plugin is not None and self.lifetime.tell is not None and not quietly:
            self.lifetime.tell(plugin, self.where, exception, count)


def takes_context(function: Callable[..., Any]) -> bool:
    """Return whether a function has an argument `context`."""
    try:
        return "context" in inspect.signature(function).parameters
    except (TypeError, ValueError):  # some of those that are written in C
        return False


def is_own(cancellation: asyncio.CancelledError) -> bool:
    """Return whether a cancellation is a failure of the plugin's own: nobody cancelled the task that it came up in."""
    task = asyncio.current_task()
    return task is not None and not task.cancelling()
