"""Threads for plugin code that blocks: few for each plugin, and never in the way of the process's end.

The standard executor joins its threads at interpreter exit, so that one plugin that hangs would keep the gateway from
stopping; these are daemon threads.
"""

from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class BulkheadFull(Exception):
    """All threads of a plugin are busy, and enough calls wait already."""


def run_with_deadline(function: Callable[[], T], seconds: float, name: str) -> T:
    """Run a function in a thread of its own, which is given up when the time has run out.

    Raises:
        TimeoutError: if the function did not return within `seconds`; its thread goes on, ignored.
        BaseException: whatever the function raised.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(function())
        except BaseException as exception:
            future.set_exception(exception)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future.result(seconds)


class Bulkhead:
    """A plugin's own threads: at most `threads` calls run and `waiting` wait; the next one is refused at once."""

    def __init__(self, plugin: str, threads: int = 4, waiting: int = 32) -> None:
        self.plugin = plugin
        self.threads = threads
        self.limit = threads + waiting
        self.pending = 0
        self._started = 0
        self._lock = threading.Lock()
        self._work: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a blocking function in one of the threads, context variables included.

        A cancelled wait abandons the thread, which counts as busy until the function returns.

        Raises:
            BulkheadFull: if too many calls run and wait already.
        """
        with self._lock:
            if self.pending >= self.limit:
                raise BulkheadFull(
                    f"{self.pending} offloaded calls of plugin {self.plugin!r} run or wait: it is stuck, or too slow"
                )
            self.pending += 1
            if self._started < min(self.pending, self.threads):
                self._started += 1
                threading.Thread(target=self._serve, name=f"routeiq-{self.plugin}", daemon=True).start()
        future: Future[T] = Future()
        context = contextvars.copy_context()
        self._work.put((future, lambda: context.run(function, *arguments)))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Let the threads end once the calls that they have begun, or that wait, are done."""
        with self._lock:
            for _ in range(self._started):
                self._work.put(None)
            self._started = 0

    def _serve(self) -> None:
        while (item := self._work.get()) is not None:
            future, call = item
            try:
                if future.set_running_or_notify_cancel():
                    _settle(future, call)
            finally:
                with self._lock:
                    self.pending -= 1


def _settle(future: Future[Any], call: Callable[[], Any]) -> None:
    try:
        result = call()
    except BaseException as exception:
        # StopIteration cannot be set on an asyncio future: it would look like the end of a coroutine.
        future.set_exception(RuntimeError(repr(exception)) if isinstance(exception, StopIteration) else exception)
    else:
        future.set_result(result)
