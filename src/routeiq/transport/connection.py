"""One connection: an asyncio protocol that writes a request at a time and parses the responses.

Invariants: an *exchange* runs from `begin` to `conclude`, which happens exactly once for it, whatever comes first: the
last byte, an error, a timeout, the reader's or the peer's departure; `conclude` gives the connection back to its
owner, usable or closed. An exchange is known by its deque of parts: whoever holds another one has no say any more.
No request is written while a response is due, no buffer grows beyond its bound, and no byte that came unasked is
taken for the answer to a later request.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final, Protocol, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from .clock import ReadClock
from .errors import BodyTooLarge, ConnectionClosed, ProtocolError, ReadTimeout, UpstreamError
from .response import Parts, UpstreamResponse

HIGH_WATER: Final = 256 * 1024
"""Bytes of a body that wait for their reader before the socket is left to wait too."""
LONGEST_HEAD: Final = 256 * 1024
"""Bytes that may come without one of a body among them: a head, informational responses, chunk extensions, trailers."""
SLICE: Final = 256 * 1024
"""Bytes of a request that are handed to the transport at once; what is beyond waits until its buffer has drained."""


class ConnectionOwner(Protocol):
    """What a connection reports to: its pool."""

    def released(self, connection: Connection) -> None:
        """Take a connection back at the end of an exchange; it may be closed."""

    def retired(self, connection: Connection) -> None:
        """Drop a connection that was closed, if it lay idle."""

    def lost(self, connection: Connection) -> None:
        """Forget a connection whose socket is gone."""


class Connection(asyncio.Protocol):
    """The client's side of one HTTP/1.1 connection (RFC 9112).

    Attributes:
        origin: Named in errors.
        closed: It takes no further request.
        idle_since: When, by the loop's clock, its owner put it aside.
        used: It has brought a response before; since then its peer may have closed it unnoticed.
    """

    __slots__ = (
        "_answer", "_bodyless", "_bound", "_buffered", "_clock", "_complete", "_headers", "_keep_alive", "_loop",
        "_max_body", "_owner", "_parser", "_parts", "_reading_paused", "_silent", "_started", "_transport", "_unsent",
        "_until_close", "_waiter", "_whole", "_writing_paused", "closed", "idle_since", "origin", "used",
    )  # fmt: skip

    def __init__(self, owner: ConnectionOwner, origin: str, max_body: int, loop: asyncio.AbstractEventLoop) -> None:
        self.origin = origin
        self.closed = False
        self.idle_since = 0.0
        self.used = False
        self._clock = ReadClock(loop, self._expired)
        self._loop = loop
        self._owner = owner
        self._max_body = max_body
        self._parser = HttpResponseParser(self)
        # Who waits: for the head, for a part of the body.
        self._answer: asyncio.Future[UpstreamResponse] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._parts: Parts | None = None
        self._unsent: memoryview | None = None
        self._keep_alive = self._reading_paused = self._writing_paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, whose socket is connected and, with TLS, verified."""
        self._transport = cast("asyncio.Transport", transport)

    def begin(
        self, start: bytes, rest: memoryview | None, timeout: float, bodyless: bool
    ) -> asyncio.Future[UpstreamResponse]:
        """Write a request, what is long of it by and by; the future ends when the head of the response has come.

        Who awaits it calls `forsake` if that raises. The future ends with an `UpstreamError` if the exchange ends
        before; the connection is closed then.

        Args:
            start: The head and, as a rule, the body.
            rest: Of the body, what may have to wait until the transport's buffer has drained.
            timeout: Seconds that a wait for the next byte may take, the first and every later one.
            bodyless: The response to this request has no body, whatever its head says (HEAD).
        """
        answer: asyncio.Future[UpstreamResponse] = self._loop.create_future()
        self._answer = answer
        self._parts = deque()
        self._headers: list[tuple[bytes, bytes]] = []
        self._bodyless = bodyless
        self._clock.limit = timeout
        self._bound = HIGH_WATER
        self._complete = self._started = self._until_close = self._whole = False
        self._buffered = self._silent = 0
        self._clock.start()
        self._transport.write(start)
        if rest is not None:
            self._unsent = rest
            self._send_on()
        return answer

    def forsake(self, answer: asyncio.Future[UpstreamResponse]) -> None:
        """End the exchange that `begin` returned this future for, unless it has ended."""
        if self._answer is answer:
            self.conclude(self._cancelled())
        elif not answer.cancelled() and answer.exception() is None:
            answer.result().abandon()  # the head came together with a cancellation

    def serves(self, parts: Parts) -> bool:
        """Return whether the exchange with these parts is still under way."""
        return self._parts is parts

    def next_part(self, parts: Parts) -> asyncio.Future[None]:
        """Return a future that ends when something was added to the parts, which are empty now."""
        self._buffered = 0
        if self._reading_paused:
            self._resume_reading()
        return self._wait()

    def all_parts(self, parts: Parts, limit: int) -> asyncio.Future[None]:
        """Return a future that ends at the end of the exchange; until then the body may grow to limit bytes."""
        waiter = self._wait()
        self._whole, self._bound = True, limit
        self._buffered = sum(len(part) for part in parts if isinstance(part, bytes))
        if self._reading_paused:
            self._resume_reading()
        self._check_size()
        return waiter

    def conclude(self, end: UpstreamError | None) -> None:
        """End the exchange, in which all waits end, and give the connection back; without an error it may be kept.

        An exchange must be under way.
        """
        assert self._parts is not None
        self._parts.append(end)
        self._parts = None
        self.used = True
        if self._answer is not None:
            answer, self._answer = self._answer, None
            if not answer.done():
                assert end is not None  # otherwise the head has come
                answer.set_exception(end)
        if self._waiter is not None:
            self._wake()
        if end is not None or self._unsent is not None or not self._keep_alive:
            self.close()
        elif self._reading_paused:
            self._resume_reading()
        self._owner.released(self)

    def terminate(self, error: UpstreamError) -> None:
        """Close the connection, and end its exchange, if there is one, with an error."""
        if self._parts is not None:
            self.conclude(error)
        self.close()

    def close(self) -> None:
        """Close the socket at once. An exchange must not be under way: conclude it."""
        if not self.closed:
            self.closed = True
            self._clock.stop()
            self._transport.abort()
            self._owner.retired(self)

    # What the transport calls

    def data_received(self, data: bytes) -> None:
        """Parse what came, and wake the reader."""
        if self._parts is None:
            self.close()  # nobody asked: it must not be taken for the answer to the next request
            return
        if self._answer is not None and self._answer.cancelled():
            self.conclude(self._cancelled())
            return
        self._started = True
        before = self._buffered
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if not self._complete:
                self.conclude(self._protocol_error(error))
                return
            self._keep_alive = False  # a whole response, then what nobody asked for
        if self._complete:
            if self._bodyless:
                self._parts.clear()
            self.conclude(None)
        elif self._buffered == before:
            self._clock.since = self._loop.time()
            self._silent += len(data)
            if self._silent > LONGEST_HEAD:
                self.conclude(ProtocolError(self.origin, f"{LONGEST_HEAD} bytes came without a body"))
        else:
            self._clock.since = self._loop.time()
            self._silent = 0
            if self._waiter is not None and not self._whole:
                self._wake()
            if self._buffered > self._bound:
                self._check_size()

    def eof_received(self) -> None:
        """End the exchange: a peer that sends no more will not take another request either."""
        self._peer_closed(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the exchange, if that has not happened yet."""
        self._peer_closed(exc)
        self._owner.lost(self)
        del self._parser, self._clock  # which refer to this object: without them it is freed at once

    def pause_writing(self) -> None:
        """Note that the transport's buffer is full."""
        self._writing_paused = True

    def resume_writing(self) -> None:
        """Go on with a long request."""
        self._writing_paused = False
        self._clock.since = self._loop.time()
        if self._unsent is not None:
            self._send_on()

    # What the parser calls

    def on_message_begin(self) -> None:
        """Refuse a second response to one request."""
        if self._complete:
            raise ProtocolError(self.origin, "more than one response came")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, or a trailer, whose list nobody reads."""
        self._headers.append((name.lower(), value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """Hand over a final response; skip an informational one (RFC 9110 section 15.2)."""
        status = self._parser.get_status_code()
        if status < 200:
            if status < 100 or status == 101:
                raise ProtocolError(self.origin, f"the status {status:03} came, which was not asked for")
            self._headers.clear()
            return
        headers, self._headers = self._headers, []
        self._keep_alive = self._parser.should_keep_alive() and not self._bodyless  # the parser waits for HEAD's body
        if not self._keep_alive:
            self._until_close = not any(map(_delimits, headers))
        answer, self._answer = self._answer, None
        assert answer is not None
        assert self._parts is not None
        answer.set_result(UpstreamResponse(self, status, headers, self._parts, self._max_body))
        self._complete = self._bodyless
        if self._unsent is not None and status >= 300:
            self._keep_alive = False
            self._unsent = None  # it is not wanted (RFC 9112 section 9.5)

    def on_body(self, part: bytes) -> None:
        """Keep a part of the body."""
        self._buffered += len(part)
        self._parts.append(part)  # type: ignore[union-attr]  # the parser runs within an exchange only

    def on_message_complete(self) -> None:
        """Note the end of the response, unless an informational one ended."""
        self._complete = self._answer is None

    # The rest

    def _peer_closed(self, error: Exception | None) -> None:
        if self._parts is None:
            self.close()
        elif self._until_close and error is None:
            self.conclude(None)
        else:
            moment = "within" if self._started else "before"
            cause = f": {error}" if error else ""
            reason = f"the peer closed the connection {moment} the response{cause}"
            self.conclude(ConnectionClosed(self.origin, reason, response_started=self._started))

    def _cancelled(self) -> ConnectionClosed:
        return ConnectionClosed(self.origin, "the request was cancelled", response_started=self._started)

    def _protocol_error(self, error: Exception) -> ProtocolError:
        cause = error.__context__  # what a callback raised
        return cause if isinstance(cause, ProtocolError) else ProtocolError(self.origin, f"no valid response: {error}")

    def _send_on(self) -> None:
        """Write of a long request what the transport takes; it calls `resume_writing` when it takes more."""
        while self._unsent is not None and not self._writing_paused:
            piece = self._unsent[:SLICE]
            self._unsent = self._unsent[SLICE:] if len(self._unsent) > SLICE else None
            self._transport.write(piece)

    def _check_size(self) -> None:
        if self._buffered <= self._bound:
            return
        if self._whole:
            self.conclude(BodyTooLarge(self.origin, f"the body is longer than {self._bound} bytes"))
        elif not self._reading_paused:
            self._reading_paused = True
            self._transport.pause_reading()

    def _resume_reading(self) -> None:
        self._reading_paused = False
        self._transport.resume_reading()

    def _wait(self) -> asyncio.Future[None]:
        if self._waiter is not None:
            raise RuntimeError("another task reads this response")
        waiter = self._waiter = self._loop.create_future()
        self._clock.start()
        return waiter

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _expired(self) -> None:
        if self._answer is not None or self._waiter is not None:
            self.conclude(ReadTimeout(self.origin, f"no byte came or went for {self._clock.limit:g} seconds"))


def _delimits(header: tuple[bytes, bytes]) -> bool:
    """Return whether a header says where the body ends, not the connection's end (RFC 9112 section 6.3)."""
    name, value = header
    return name == b"content-length" or (name == b"transfer-encoding" and value.lower().endswith(b"chunked"))
