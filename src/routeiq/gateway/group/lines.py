"""Lines: what is broadcast goes to each peer on a connection that stays, so that it arrives in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

from .connection import Connection
from .directory import Member
from .errors import ConversationLost

logger = logging.getLogger(__name__)

WAITING: Final = 1000
"""Messages that wait for one slow peer; what comes then is dropped for it."""
FLUSH: Final = 1.0
"""Seconds that the last messages get to leave at the end."""

Connect = Callable[[Member], Awaitable[Connection]]


class Lines:
    """One line for each peer that something was broadcast to.

    Attributes:
        dropped: Messages that a peer was too slow for.
    """

    def __init__(self, connect: Connect, number: int) -> None:
        self.dropped = 0
        self._connect = connect
        self._number = number
        self._lines: dict[Member, _Line] = {}

    def broadcast(self, members: Iterable[Member], message: Mapping[str, Any]) -> None:
        """Put a message on the line of each member, and return at once."""
        for member in members:
            line = self._lines.get(member)
            if line is None:
                line = self._lines[member] = _Line(self._connect, member, self._number, self._ended)
            if not line.put(message):
                self.dropped += 1

    async def close(self) -> None:
        """Let what was put arrive, for a moment, and end all lines."""
        lines = list(self._lines.values())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FLUSH):
                await asyncio.gather(*(line.flush() for line in lines))
        await asyncio.gather(*(line.close() for line in lines))

    def _ended(self, member: Member) -> None:
        del self._lines[member]


class _Line:
    def __init__(self, connect: Connect, member: Member, number: int, ended: Callable[[Member], None]) -> None:
        self._queue: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue(WAITING)
        self._member = member
        self._late = False
        self._task = asyncio.get_running_loop().create_task(self._run(connect, number), name="routeiq line")
        self._task.add_done_callback(lambda _: ended(member))

    def put(self, message: Mapping[str, Any]) -> bool:
        try:
            self._queue.put_nowait(message)
        except asyncio.QueueFull:
            if not self._late:
                logger.warning("worker %d is too slow for what is broadcast: messages are lost", self._member.number)
            self._late = True
            return False
        self._late = False
        return True

    async def flush(self) -> None:
        """Return when all is sent, or the peer is gone."""
        await _first(self._queue.join(), asyncio.wait((self._task,)))

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.wait((self._task,))

    async def _run(self, connect: Connect, number: int) -> None:
        with contextlib.suppress(ConversationLost, OSError):
            connection = await connect(self._member)
            try:
                await connection.send({"tell": number})
                await _first(self._pass_on(connection), connection.wait_lost())
            finally:
                connection.close()

    async def _pass_on(self, connection: Connection) -> None:
        while True:
            await connection.send(await self._queue.get())
            self._queue.task_done()


async def _first(*waits: Awaitable[Any]) -> None:
    """Return when one of these is done, and end the others. Raises what that one raised."""
    tasks = [asyncio.ensure_future(one) for one in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in done:
        task.result()
