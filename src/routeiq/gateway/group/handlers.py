"""What a worker does with connections of its peers: it answers, hears, or converses, by topic."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from .connection import Connection
from .conversation import Conversation
from .errors import BrokenFrame, ConversationLost

logger = logging.getLogger(__name__)

Answer = Callable[[Any], Awaitable[Any]]
Serve = Callable[[Conversation], Awaitable[None]]

PROMPTNESS: Final = 5.0
"""Seconds within which whoever connects must say what for."""
FAREWELL: Final = 2.0
"""Seconds that conversations get to end when their worker does."""


class Handlers:
    """The handlers of one worker, and the connections on which they run.

    Attributes:
        retiring: Whether this worker takes no new requests any more.
    """

    def __init__(self) -> None:
        self.retiring = False
        self._answers: dict[str, Answer] = {}
        self._serves: dict[str, Serve] = {}
        self._running: dict[asyncio.Task[None], Connection] = {}

    def answer(self, topic: str, handler: Answer) -> None:
        """Have a handler answer what is asked or told about a topic. Raises ValueError for a second one."""
        _add(self._answers, topic, handler)

    def serve(self, topic: str, handler: Serve) -> None:
        """Have a handler hold the conversations about a topic. Raises ValueError for a second one."""
        _add(self._serves, topic, handler)

    def accept(self, connection: Connection) -> None:
        """Attend to a connection of a peer."""
        task = asyncio.get_running_loop().create_task(self._attend(connection), name="routeiq peer")
        self._running[task] = connection
        task.add_done_callback(self._running.pop)

    async def close(self) -> None:
        """End all conversations: their handlers see that the other side is gone, and are cancelled after a moment."""
        for connection in self._running.values():
            connection.close()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=FAREWELL)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    async def _attend(self, connection: Connection) -> None:
        try:
            with contextlib.suppress(ConversationLost):
                match await _opening(connection):
                    case {"ask": str(topic), "payload": payload}:
                        await self._reply(connection, topic, payload)
                    case {"tell": int()}:
                        await self._hear(connection)
                    case {"converse": str(topic), "number": int(number)}:
                        await self._converse(connection, topic, number)
        finally:
            connection.close()

    async def _reply(self, connection: Connection, topic: str, payload: Any) -> None:
        reply = await self._answer(connection, topic, payload)
        try:
            await connection.send(reply)
        except (TypeError, BrokenFrame) as error:
            logger.exception("the answer about %s cannot be sent", topic)
            await connection.send({"failed": _text(error)})

    async def _answer(self, connection: Connection, topic: str, payload: Any) -> Mapping[str, Any]:
        """Return the answer, or what became of it; nobody waits for one once the connection is gone."""
        handler = self._answers.get(topic)
        if handler is None:
            return {"unknown": topic}
        task = asyncio.ensure_future(_called(topic, handler, payload))
        gone = asyncio.ensure_future(connection.wait_lost())
        try:
            await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise ConversationLost
            return {**task.result(), "retiring": self.retiring}
        finally:
            for one in (task, gone):
                one.cancel()
            await asyncio.wait((task, gone))

    async def _hear(self, connection: Connection) -> None:
        while True:
            match await connection.receive():
                case {"topic": str(topic), "payload": payload}:
                    handler = self._answers.get(topic)
                    if handler is not None:
                        await _called(topic, handler, payload)

    async def _converse(self, connection: Connection, topic: str, number: int) -> None:
        handler = self._serves.get(topic)
        if handler is None or self.retiring:
            await connection.send({"retiring": True} if self.retiring else {"unknown": topic})
            return
        await connection.send({"welcome": True})
        conversation = Conversation(connection, number)
        try:
            await handler(conversation)
        except ConversationLost:
            logger.info("a conversation about %s ended, because worker %d is gone", topic, number)
        except Exception as error:
            logger.exception("a conversation about %s with worker %d failed", topic, number)
            await connection.send({"failed": _text(error)})


async def _opening(connection: Connection) -> Any:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PROMPTNESS):
            return await connection.receive()
    return None


def _add(handlers: dict[str, Any], topic: str, handler: Any) -> None:
    if topic in handlers:
        raise ValueError(f"the topic {topic!r} has a handler")
    handlers[topic] = handler


async def _called(topic: str, handler: Answer, payload: Any) -> Mapping[str, Any]:
    try:
        answer = await handler(payload)
        return {"answer": answer}
    except Exception as error:
        logger.exception("what another worker asked about %s failed", topic)
        return {"failed": _text(error)}


def _text(error: Exception) -> str:
    return str(error) or type(error).__name__
