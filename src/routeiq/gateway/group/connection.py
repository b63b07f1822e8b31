"""A connection between two workers: documents each way, and the notice that the other side is gone."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Any, Final, cast

from .errors import BrokenFrame, ConversationLost
from .frames import FrameDecoder, encode

MANY: Final = 64
"""Documents that wait to be received; then the sender waits."""


class Connection(asyncio.Protocol):
    """One end of a connection. One task receives, any number send."""

    def __init__(self, accepted: Callable[[Connection], None] | None = None) -> None:
        """Make an end.

        Args:
            accepted: Called with this connection once it is there, if it comes from one of this user's processes.
        """
        self._accepted = accepted
        self._decoder = FrameDecoder()
        self._documents: deque[Any] = deque()
        self._arrived = asyncio.Event()
        self._gone = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._paused = False
        self._transport: asyncio.Transport | None = None

    @property
    def lost(self) -> bool:
        """Whether the other side is gone, or this one closed."""
        return self._gone.is_set()

    async def wait_lost(self) -> None:
        """Return when the other side is gone."""
        await self._gone.wait()

    async def receive(self) -> Any:
        """Return the next document; what arrived before the other side went is still received.

        Raises:
            ConversationLost: if there will be none.
        """
        while not self._documents:
            if self.lost:
                raise ConversationLost
            self._arrived.clear()
            await self._arrived.wait()
        document = self._documents.popleft()
        if self._paused and not self._documents and self._transport is not None and not self.lost:
            self._paused = False
            self._transport.resume_reading()
        return document

    async def send(self, document: Any) -> None:
        """Send a document; waits while the other side is slow.

        Raises:
            ConversationLost: if the other side is gone. One that goes later may not have seen it.
            BrokenFrame: if it is too long.
            TypeError: if it is not one of JSON's.
        """
        frame = encode(document)
        await self._writable.wait()
        if self._transport is None or self.lost or self._transport.is_closing():
            raise ConversationLost
        self._transport.write(frame)
        await self._writable.wait()

    def close(self) -> None:
        """End it; what was sent still arrives."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take up the transport; of a process of another user nothing is read."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        if self._accepted is None:
            return
        if is_own(transport.get_extra_info("socket")):
            self._accepted(self)
        else:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take bytes; a frame that is none ends the connection."""
        assert self._transport is not None
        try:
            self._documents.extend(self._decoder.feed(data))
        except BrokenFrame:
            self._transport.abort()
        if len(self._documents) > MANY and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._arrived.set()

    def pause_writing(self) -> None:
        """Have senders wait."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let senders go on."""
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake whoever waits."""
        self._gone.set()
        self._arrived.set()
        self._writable.set()


def is_own(one: socket.socket) -> bool:
    """Return whether the process at the other end belongs to this user; where the system does not tell, it does.

    The directory's mode is what keeps others out everywhere.
    """
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True
    layout = "iII"  # pid, uid, gid
    _, user, _ = struct.unpack(layout, one.getsockopt(socket.SOL_SOCKET, option, struct.calcsize(layout)))
    return bool(user == os.geteuid())
