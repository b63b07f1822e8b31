"""A response: its head, and its body as it arrives.

A connection and a response share nothing but a deque of body parts: the connection appends to it, the response takes
from it, and its last item says how the body ended. So the connection serves the next request as soon as the last
byte has come, however slowly the body is read; and a response that is dropped half-read is noticed.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from .errors import BodyTooLarge, ConnectionClosed, UpstreamError

if TYPE_CHECKING:
    from .connection import Connection

Parts = deque[bytes | UpstreamError | None]
"""Bytes of a body; then, once, None where the body is complete, or the error that ended it."""


class UpstreamResponse:
    """A response whose head has come.

    Read it to its end, which returns the connection to the pool, or `close` it, which closes the connection.
    Cancelling `read` or the iteration over `chunks` closes it too. One task at a time reads.

    Attributes:
        status: The status code, 200 to 999.
        headers: Names in lower case, in the order and as often as they came. The transfer coding is undone, a content
            coding is not.
    """

    __slots__ = ("_connection", "_error", "_limit", "_parts", "headers", "status")

    def __init__(
        self, connection: Connection, status: int, headers: list[tuple[bytes, bytes]], parts: Parts, limit: int
    ) -> None:
        self.status = status
        self.headers = headers
        self._connection: Connection | None = connection  # until the end of the body was taken from the parts
        self._error: UpstreamError | None = None
        self._limit = limit
        self._parts = parts

    async def read(self) -> bytes:
        """Return the body, or what is left of it; empty where all was read before.

        Raises:
            BodyTooLarge: It is longer than the client's `max_response_body`.
            UpstreamError: The body did not come to its end, or was closed.
        """
        connection, parts = self._connection, self._parts
        if connection is None:
            return self._ended()
        if connection.serves(parts):
            try:
                await connection.all_parts(parts, self._limit)
            finally:
                self.abandon()
        self._connection = None
        end = parts.pop()
        body = b"".join(parts)  # type: ignore[arg-type]  # only the last one is no part of the body
        parts.clear()
        if end is None and len(body) <= self._limit:
            return body
        assert not isinstance(end, bytes)
        self._error = end or BodyTooLarge(connection.origin, f"the body is longer than {self._limit} bytes")
        raise self._error

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives: each piece at once, neither merged nor split.

        Raises:
            UpstreamError: The body did not come to its end, or was closed; what had come was yielded before.
        """
        parts = self._parts
        try:
            while (connection := self._connection) is not None:
                while parts:
                    part = parts.popleft()
                    if isinstance(part, bytes):
                        yield part
                    else:
                        self._connection, self._error = None, part
                if self._connection is not None:
                    await connection.next_part(parts)
        finally:
            self.abandon()
        self._ended()

    async def close(self) -> None:
        """Give up what is left of the body, and with it the connection; harmless after the end."""
        if self._connection is not None:
            self._parts.clear()
            if not self.abandon():  # all had come; who reads on learns that it is gone
                self._parts.append(_closed_by_reader(self._connection))

    def abandon(self) -> bool:
        """Close the connection if it still brings this response; return whether it did."""
        connection = self._connection
        if connection is None or not connection.serves(self._parts):
            return False
        connection.conclude(_closed_by_reader(connection))
        return True

    def _ended(self) -> bytes:
        if self._error is not None:
            raise self._error
        return b""

    def __del__(self) -> None:
        if self._connection is not None and self.abandon():
            message = f"a response with status {self.status} was neither read to its end nor closed"
            warnings.warn(message, ResourceWarning, stacklevel=1, source=self)


def _closed_by_reader(connection: Connection) -> ConnectionClosed:
    return ConnectionClosed(connection.origin, "the response was closed by its reader", response_started=True)
