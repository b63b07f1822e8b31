"""The connections to one origin: a bounded number, reused last in first out, handed to those who wait in their order.

A *slot* is the right to have one connection. It belongs to a request from `acquire` to the end of its exchange, then to
the idle connection, or it goes straight to the request that has waited longest. So no newcomer overtakes those who
wait, and a slot is never lost: each way out of `acquire` holds one or has passed it on.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

from .connection import SLICE, Connection
from .dial import Dial, dial_by
from .errors import ConnectFailed, ConnectionClosed, ConnectTimeout, PoolClosed
from .response import UpstreamResponse
from .target import Origin


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """What bounds a pool.

    Attributes:
        connect_timeout: Seconds for name, connection and TLS handshake together.
        keepalive: Seconds that a connection may lie idle.
        max_body: Bytes of a body that is read as a whole.
        max_connections: To one origin.
    """

    connect_timeout: float
    keepalive: float
    max_body: int
    max_connections: int


class OriginPool:
    """The connections to one origin, in one event loop."""

    def __init__(
        self,
        origin: Origin,
        limits: PoolLimits,
        ssl_context: ssl.SSLContext | None,
        loop: asyncio.AbstractEventLoop,
        *,
        address: str | None = None,
        dial: Dial | None = None,
    ) -> None:
        """Make an empty pool. An origin with TLS needs a context.

        Args:
            address: The one address that is connected to; None: the loop resolves the origin's host.
            dial: What connects; None: the loop.
        """
        self._origin = origin
        self._address = origin.host if address is None else address
        self._dial = dial_by(loop) if dial is None else dial
        self._name = str(origin)
        self._limits = limits
        self._ssl_context = ssl_context
        self._loop = loop
        self._slots = limits.max_connections
        self._idle: list[Connection] = []  # the longest idle one first
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._live: set[Connection] = set()
        self._connecting: set[asyncio.Timeout] = set()
        self._expiry: asyncio.TimerHandle | None = None
        self._closed = False
        self._emptied: asyncio.Future[None] | None = None

    @property
    def unused(self) -> bool:
        """Whether no connection is left, none is being made, and nobody waits for one."""
        return not self._live and not self._connecting and not self._waiting

    async def exchange(
        self,
        start: bytes,
        body: bytes,
        read_timeout: float,
        *,
        bodyless: bool,
        connection: Connection | None = None,
    ) -> UpstreamResponse:
        """Send a request, and return the response when its head has come.

        A request that meets a kept connection which its peer had closed is sent once more, over a new connection, if
        no byte of a response had come.

        Args:
            start: The head.
            bodyless: The response has no body, whatever its head says.
            connection: One of this pool's that was taken or acquired for this request.

        Raises:
            UpstreamError: No response came; see `errors`.
        """
        rest = None
        if len(body) <= SLICE:
            start += body  # one write: one packet, as a rule
        else:
            rest = memoryview(body)
        connection = connection or self.take() or await self.acquire()
        while True:
            used = connection.used
            answer = connection.begin(start, rest, read_timeout, bodyless)
            try:
                return await answer
            except ConnectionClosed as error:
                if error.response_started or not used:
                    raise
            except BaseException:
                connection.forsake(answer)
                raise
            connection = await self.acquire(fresh=True)

    def take(self) -> Connection | None:
        """Return the connection that was used last, if one lies idle."""
        return self._idle.pop() if self._idle else None

    async def acquire(self, *, fresh: bool = False) -> Connection:
        """Return a connection where `take` has none; waits while all slots are in use. Its exchange gives it back.

        Args:
            fresh: The connection must be new, for a request that has found a used one closed; it waits for no one else.

        Raises:
            ConnectFailed: No connection could be made.
            ConnectTimeout: Not in time.
            PoolClosed: The pool was closed, before or meanwhile.
        """
        if self._slots:
            self._slots -= 1
        elif self._idle:  # only a fresh one will do: the oldest gives its slot up
            self._idle.pop(0).close()
        else:
            connection = await self._wait_in_turn(first=fresh)
            if connection is not None:
                if not fresh and not connection.closed:
                    return connection
                connection.close()
        return await self._connect()

    async def _wait_in_turn(self, *, first: bool) -> Connection | None:
        """Wait for a slot, with a connection or without."""
        turn: asyncio.Future[Connection | None] = self._loop.create_future()
        if first:
            self._waiting.appendleft(turn)
        else:
            self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                with suppress(ValueError):  # already passed over
                    self._waiting.remove(turn)
            else:  # both at once: who is next in turn gets it
                self._pass_on(turn.result())
            raise

    async def _connect(self) -> Connection:
        """Return a new connection for the slot that the caller holds; where that fails, the slot is passed on."""
        try:
            return await self._open()
        except BaseException:
            self._pass_on(None)
            raise

    async def _open(self) -> Connection:
        if self._closed:
            raise self._closed_error()
        origin, timeout = self._origin, self._limits.connect_timeout
        deadline = asyncio.timeout(timeout)
        try:
            async with deadline:
                self._connecting.add(deadline)
                connection = await self._dial(
                    lambda: Connection(self, self._name, self._limits.max_body, self._loop),
                    self._address,
                    origin.port,
                    tls=self._ssl_context,
                    name=origin.host,
                    timeout=timeout,
                )
        except TimeoutError as error:
            if self._closed:
                raise self._closed_error() from error
            raise ConnectTimeout(self._name, f"no connection within {timeout:g} seconds") from error
        except (OSError, UnicodeError) as error:  # the latter for a name that IDNA cannot encode
            raise ConnectFailed(self._name, f"no connection: {error}") from error
        finally:
            self._connecting.discard(deadline)
            self._check_emptied()
        if connection.closed:
            raise ConnectFailed(self._name, "the peer closed the connection at once")
        self._live.add(connection)
        return connection

    # What a connection reports

    def released(self, connection: Connection) -> None:
        """Keep a connection for the next request, or pass its slot on: to who waits longest, if anyone does."""
        if connection.closed:
            self._pass_on(None)
        elif self._waiting:
            self._pass_on(connection)
        else:
            connection.idle_since = self._loop.time()
            self._idle.append(connection)
            if self._expiry is None:
                self._expiry = self._loop.call_at(connection.idle_since + self._limits.keepalive, self._expire)

    def retired(self, connection: Connection) -> None:
        """Take a connection that was closed out of the idle ones."""
        if connection in self._idle:
            self._idle.remove(connection)
            self._pass_on(None)

    def lost(self, connection: Connection) -> None:
        """Forget a connection whose socket is gone."""
        self._live.discard(connection)
        self._check_emptied()

    def _pass_on(self, connection: Connection | None) -> None:
        """Give a slot, with its connection if there is one, to who waits longest; else keep it."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return
        if connection is None:
            self._slots += 1
        else:
            self.released(connection)

    def _expire(self) -> None:
        """Close what has been idle for too long. The timer runs on while anything is idle, whatever is reused."""
        self._expiry = None
        oldest = self._loop.time() - self._limits.keepalive
        while self._idle and self._idle[0].idle_since <= oldest:
            self._idle[0].close()
        if self._idle:
            self._expiry = self._loop.call_at(self._idle[0].idle_since + self._limits.keepalive, self._expire)

    # The end

    def close(self) -> None:
        """End all exchanges and waits with `PoolClosed`."""
        self._closed = True
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        for connection in tuple(self._live):
            connection.terminate(self._closed_error())
        for turn in self._waiting:
            if not turn.done():
                turn.set_result(None)
        self._waiting.clear()
        for deadline in self._connecting:
            if not deadline.expired():
                deadline.reschedule(0.0)

    async def wait_closed(self) -> None:
        """Return when no socket is left."""
        while self._live or self._connecting:
            if self._emptied is None:
                self._emptied = self._loop.create_future()
            await asyncio.shield(self._emptied)

    def _check_emptied(self) -> None:
        if self._emptied is not None and not self._live and not self._connecting:
            self._emptied.set_result(None)
            self._emptied = None

    def _closed_error(self) -> PoolClosed:
        return PoolClosed(self._name, "the client was closed")
