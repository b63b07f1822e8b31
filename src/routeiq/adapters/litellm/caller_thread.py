"""Synchronous calls: hooks run in the loop of a thread of ours, LiteLLM's own work in the thread that called it."""

from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Final, TypeVar

T = TypeVar("T")

_GRACE: Final = 5.0  # seconds


class HookThread:
    """A thread whose event loop runs the hooks of synchronous calls. Starts with its first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop, running."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name="routeiq hooks of synchronous LiteLLM calls", daemon=True
                )
                self._thread.start()
            return self._loop

    @property
    def is_current(self) -> bool:
        """Whether the caller runs in this very thread, and so must not wait for it."""
        return threading.current_thread() is self._thread

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the loop and wait for its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    def close(self, at_last: Callable[[], Coroutine[Any, Any, None]] | None = None) -> None:
        """End the loop: what runs in it gets some seconds to end, then it is cancelled. The next use starts another.

        Args:
            at_last: Called in the loop when nothing else runs in it any more.
        """
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_wind_up(at_last), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _wind_up(at_last: Callable[[], Coroutine[Any, Any, None]] | None) -> None:
    loop = asyncio.get_running_loop()
    await loop.shutdown_asyncgens()
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    if tasks:
        await asyncio.wait(tasks, timeout=_GRACE)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if at_last is not None:
        await at_last()


class CallerThread:
    """Lets a coroutine in the hooks' loop have work done by the thread that waits for it."""

    def __init__(self, hooks: HookThread) -> None:
        self._hooks = hooks
        self._work: queue.SimpleQueue[Callable[[], None] | None] | None = None

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the hooks' loop, do here what it asks for meanwhile, and return its result."""
        tasks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        # Where an event loop runs in the calling thread, LiteLLM would leave it, and with it the context of the call.
        self._work = None if _has_running_loop() else tasks
        future: Future[T] = asyncio.run_coroutine_threadsafe(coroutine, self._hooks.loop)
        future.add_done_callback(lambda _: tasks.put(None))
        try:
            while (work := tasks.get()) is not None:
                work()
            return future.result()
        except BaseException:
            future.cancel()  # of KeyboardInterrupt and its like: the call is given up
            raise
        finally:
            self._work = None

    async def call(self, function: Callable[[], T]) -> T:
        """Have a function called in the waiting thread, in this context; where none waits, in another thread."""
        loop = asyncio.get_running_loop()
        context = contextvars.copy_context()
        tasks = self._work
        if tasks is None:
            return await loop.run_in_executor(None, context.run, function)
        done: asyncio.Future[T] = loop.create_future()

        def work() -> None:
            try:
                result = context.run(function)
            except (KeyboardInterrupt, SystemExit, GeneratorExit):
                raise  # the thread's own affair
            except BaseException as exception:  # noqa: BLE001 (it is raised where it is waited for)
                loop.call_soon_threadsafe(_fail, done, exception)
            else:
                loop.call_soon_threadsafe(_finish, done, result)

        tasks.put(work)
        return await done

    def abandon(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Run a coroutine that nobody waits for."""
        asyncio.run_coroutine_threadsafe(coroutine, self._hooks.loop)


def _has_running_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _finish(done: asyncio.Future[Any], result: Any) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: asyncio.Future[Any], exception: BaseException) -> None:
    if not done.done():
        done.set_exception(exception)
