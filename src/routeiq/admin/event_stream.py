"""`GET /admin/events`: the stream of server-sent events (WHATWG HTML, section 9.2) that one client reads."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final

from .answers import HEADERS
from .feed import Feed, Queue, Told
from .requests import AdminRequest, Parameter

NAME: Final = Parameter("name", "A name of events, `llm.*` for all that begin with `llm.`, or `*` for all.")
KEEP_ALIVE: Final = 15.0
"""Seconds of silence after which a comment is sent, so that nobody takes the connection for dead."""
FAREWELL: Final = 1.0
"""Seconds that a client gets to take the end of the stream."""

_HEADERS: Final = (
    *HEADERS,
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),  # nginx would wait for more
)


class Events:
    """The endpoint."""

    def __init__(self, feed: Feed, keep_alive: float = KEEP_ALIVE) -> None:
        self._feed = feed
        self._keep_alive = keep_alive

    async def stream(self, request: AdminRequest) -> EventStream:
        """Return the stream of the events that the request names."""
        pattern = request.text("name") or "*"
        self._feed.check(pattern)
        return EventStream(self._feed, pattern, request.receive, self._keep_alive)


class EventStream:
    """An answer that goes on until the client leaves, or the gateway is about to stop."""

    def __init__(self, feed: Feed, pattern: str, receive: Any, keep_alive: float) -> None:
        self._feed, self._pattern, self._receive, self._keep_alive = feed, pattern, receive, keep_alive

    async def send(self, send: Any, *, head: bool = False) -> None:
        """Send it; for HEAD its headers."""
        start = {"type": "http.response.start", "status": 200, "headers": list(_HEADERS)}
        if head:
            await send(start)
            await send({"type": "http.response.body", "body": b""})
            return
        async with self._feed.open(self._pattern) as queue:
            await send(start)
            if await self._until_over(self._write(send, queue)):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(FAREWELL):
                        await send({"type": "http.response.body", "body": b""})

    async def _until_over(self, writing: Any) -> bool:
        """Write until the client leaves or the gateway ends; return whether the client is still there."""
        left = asyncio.create_task(self._left())
        tasks = (asyncio.create_task(writing), left, asyncio.create_task(self._feed.ending.wait()))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            return left not in done
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _write(self, send: Any, queue: Queue) -> None:
        await _piece(send, ": ready\n\n")
        told = 0
        while True:
            try:
                async with asyncio.timeout(self._keep_alive):
                    events = await queue.take()
            except TimeoutError:
                await _piece(send, ": keep-alive\n\n")
                continue
            if queue.dropped > told:
                await _piece(send, f'event: events.dropped\ndata: {{"count":{queue.dropped - told}}}\n\n')
                told = queue.dropped
            await _piece(send, "".join(map(_frame, events)))


def _frame(event: Told) -> str:
    number, name, text = event
    return f"id: {number}\nevent: {name}\ndata: {text}\n\n"


async def _piece(send: Any, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
