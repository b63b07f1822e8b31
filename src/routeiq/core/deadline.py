"""Deadlines of hook calls, which cost nothing while a hook does not wait.

Nearly all hook calls finish without suspending, and a call that never suspends can neither be timed out nor needs a
timer. So the first step is driven by hand, and only if the coroutine then waits is a timer armed. It all happens in the
caller's task: context variables, nested timeouts and cancellation behave as in a plain `await`.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")


class DeadlineExceeded(Exception):
    """A coroutine did not finish in time. `seconds` is what it was given."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"did not finish within {seconds:g} s")
        self.seconds = seconds


class _Timer:
    __slots__ = ("fired", "task")

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self.task = task
        self.fired = False

    def fire(self) -> None:
        self.fired = True
        self.task.cancel("hook deadline")


@types.coroutine
def guarded(coroutine: Coroutine[Any, Any, T], seconds: float) -> Generator[Any, Any, T]:
    """Await a coroutine for at most `seconds`.

    Cancelling the task from outside passes through untouched: `Task.cancelling` tells that cancellation from ours.

    Raises:
        DeadlineExceeded: if the time ran out; the coroutine got a CancelledError at the place where it waited.
    """
    try:
        waiting_for = coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    task = asyncio.current_task()
    assert task is not None, "a suspended coroutine runs in a task"
    before = task.cancelling()
    timer = _Timer(task)
    handle = asyncio.get_running_loop().call_later(seconds, timer.fire)
    try:
        while True:
            try:
                yield waiting_for
                break
            except GeneratorExit:
                coroutine.close()
                raise
            except BaseException as exception:
                # The plugin may catch it and wait for something else.
                try:
                    waiting_for = coroutine.throw(exception)
                except StopIteration as stop:
                    result = stop.value
                    return result
        result = yield from coroutine
        return result
    except asyncio.CancelledError:
        if timer.fired:
            timer.fired = False
            if task.uncancel() <= before:
                raise DeadlineExceeded(seconds) from None
        raise
    finally:
        handle.cancel()
        if timer.fired:  # the plugin swallowed our cancellation and returned
            task.uncancel()
