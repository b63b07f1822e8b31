"""A worker's place in its group: it listens at a socket in the group's directory, and connects to its peers'."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final

from .connection import Connection
from .conversation import Answers, Conversation, PeerFailure, Peers
from .directory import GroupDirectory, Member, Seat
from .errors import ConversationLost
from .frames import encode
from .handlers import Answer, Handlers, Serve
from .lines import Lines

logger = logging.getLogger(__name__)

BACKLOG: Final = 512

_GONE: Final = (ConversationLost, ConnectionRefusedError, ConnectionResetError, BrokenPipeError, FileNotFoundError)


class WorkerGroup:
    """The group, seen from the worker of a seat; see `Group`."""

    def __init__(self, seat: Seat) -> None:
        self._directory = GroupDirectory(seat.directory)
        self._member = seat.member
        self._size = seat.size
        self._parent = os.getppid()
        self._handlers = Handlers()
        self._lines = Lines(self._connect, seat.member.number)
        self._leads = asyncio.Event()
        self._server: asyncio.Server | None = None

    @property
    def number(self) -> int:
        return self._member.number

    @property
    def size(self) -> int:
        return self._size

    @property
    def directory(self) -> Path:
        return self._directory.path

    @property
    def lead(self) -> bool:
        return self._leads.is_set()

    async def wait_lead(self) -> None:
        await self._leads.wait()

    def take_lead(self) -> None:
        """Begin to lead: the parent says so, which knows that nobody else does."""
        if not self._handlers.retiring:
            self._leads.set()

    def answer(self, topic: str, handler: Answer) -> None:
        self._handlers.answer(topic, handler)

    def serve(self, topic: str, handler: Serve) -> None:
        self._handlers.serve(topic, handler)

    async def ask(self, topic: str, payload: Any = None, timeout: float = 5.0) -> Answers:
        question = {"ask": topic, "payload": payload}
        encode(question)  # what cannot be sent is the caller's error, not the peers'
        answers: dict[int, Any] = {}
        failures: list[PeerFailure] = []
        retiring: list[Any] = []
        for member, reply in await self._all(lambda member: self._question(member, question), timeout):
            match reply:
                case {"answer": answer, "retiring": leaving}:
                    if member.number in answers:  # its predecessor's, which has not been told to end yet
                        retiring.append(answers.pop(member.number))
                    if leaving:
                        retiring.append(answer)
                    else:
                        answers[member.number] = answer
                case PeerFailure():
                    failures.append(reply)
        return Answers(answers, tuple(failures), tuple(retiring))

    @contextlib.asynccontextmanager
    async def converse(self, topic: str, timeout: float = 5.0) -> AsyncIterator[Peers]:
        opening = {"converse": topic, "number": self.number}
        joined = await self._all(lambda member: self._conversation(member, opening), timeout)
        peers = Peers(
            [one for _, one in joined if isinstance(one, Conversation)],
            tuple(one for _, one in joined if isinstance(one, PeerFailure)),
        )
        try:
            yield peers
        finally:
            for one in peers:
                one.close()

    def broadcast(self, topic: str, payload: Any = None) -> None:
        message = {"topic": topic, "payload": payload}
        encode(message)
        self._lines.broadcast(self._others(), message)

    async def open(self) -> None:
        path = self._directory.socket_of(self._member)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.setblocking(False)
        try:
            listener.bind(str(path))
            self._server = await asyncio.get_running_loop().create_unix_server(
                lambda: Connection(self._handlers.accept), sock=listener, backlog=BACKLOG
            )
        except BaseException:
            listener.close()
            raise

    def retire(self) -> None:
        self._handlers.retiring = True
        self._leads.clear()

    async def close(self) -> None:
        self.retire()
        await self._lines.close()
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        self._directory.forget(self._member)
        await self._handlers.close()
        if os.getppid() != self._parent and not self._directory.members():  # nobody else will remove it
            shutil.rmtree(self.directory, ignore_errors=True)

    def _others(self) -> Sequence[Member]:
        return [member for member in self._directory.members() if member != self._member]

    async def _connect(self, member: Member) -> Connection:
        path = str(self._directory.socket_of(member))
        _, connection = await asyncio.get_running_loop().create_unix_connection(Connection, path)
        return connection

    async def _question(self, member: Member, question: Any) -> Any:
        connection = await self._connect(member)
        try:
            await connection.send(question)
            return _understood(member, await connection.receive())
        finally:
            connection.close()

    async def _conversation(self, member: Member, opening: Any) -> Any:
        """Return a conversation, a failure, or None for a worker that is about to end."""
        connection = await self._connect(member)
        try:
            await connection.send(opening)
            reply = await connection.receive()
        except BaseException:
            connection.close()
            raise
        if reply == {"welcome": True}:
            return Conversation(connection, member.number)
        connection.close()
        return None if reply == {"retiring": True} else _understood(member, reply)

    async def _all(self, one: Callable[[Member], Awaitable[Any]], timeout: float) -> Sequence[tuple[Member, Any]]:
        """Do the same with all others at once; what came of it, by member, less those that are gone."""
        others = self._others()
        tasks = [asyncio.ensure_future(self._within(timeout, member, one(member))) for member in others]
        try:
            results = await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(result, Conversation):
                    result.close()
            raise
        return [(member, result) for member, result in zip(others, results, strict=True) if result is not None]

    async def _within(self, timeout: float, member: Member, one: Awaitable[Any]) -> Any:
        try:
            async with asyncio.timeout(timeout):
                return await one
        except TimeoutError:
            return PeerFailure(member.number, "slow", f"did not answer within {timeout:g} s")
        except _GONE:
            return None
        except OSError as error:
            return PeerFailure(member.number, "failed", f"cannot be reached: {error.strerror or error}")


def _understood(member: Member, reply: Any) -> Any:
    """Return an answer as it is, and anything else as a failure."""
    match reply:
        case {"answer": _, "retiring": _}:
            return reply
        case {"unknown": topic}:
            return PeerFailure(member.number, "unknown", f"has no handler for {topic}")
        case {"failed": text}:
            return PeerFailure(member.number, "failed", str(text))
    return PeerFailure(member.number, "failed", "said what this worker does not understand")
