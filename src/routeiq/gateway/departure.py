"""Notices when a client leaves while its answer is still being made, and cancels the work.

ASGI tells of it by `receive`, which only a task can wait for. Most answers come before it is worth making one: the
watch begins after a moment.
"""

from __future__ import annotations

import asyncio
from typing import Any, Self

Receive = Any
PATIENCE = 0.02  # seconds; a client that leaves earlier is noticed then


class ClientWatch:
    """A context in which the client's departure cancels the current task; `left` tells afterwards.

    The CancelledError ends at the context's exit: what it interrupted has cleaned up by then.
    """

    __slots__ = ("_handle", "_loop", "_receive", "_task", "_watcher", "left")

    def __init__(self, receive: Receive) -> None:
        self.left = False
        self._receive = receive
        self._watcher: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._loop = task.get_loop()
        self._handle = self._loop.call_later(PATIENCE, self._begin)
        return self

    def __exit__(self, kind: type[BaseException] | None, exception: BaseException | None, traceback: object) -> bool:
        self._handle.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        if not self.left:
            return False
        self._task.uncancel()
        return isinstance(exception, asyncio.CancelledError) and not self._task.cancelling()

    def _begin(self) -> None:
        self._watcher = self._loop.create_task(self._watch(), name="routeiq client watch")

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.left = True
        self._task.cancel("the client left")
