"""Requests and WebSockets to an ASGI application, in the event loop that runs: what a client and a server are together.

The application is a task; what it sends waits until it is read, as on a connection whose buffer is full.
"""

from __future__ import annotations

import asyncio
import json as json_module
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from urllib.parse import unquote, urlsplit

from ..types import HeaderItems, Headers, Principal

PRINCIPAL: Final = "routeiq.testing.principal"
"""Where an ASGI scope says who its request shall be of."""
ANSWERS: Final = "routeiq.testing.answers"
"""Where it says how the models answer."""

GRACE: Final = 1.0
"""Seconds in which an application looks for its client, that has left, while it sends."""
TURNS: Final = 5
"""Of the event loop, in which the news that a client has left reaches whoever waits for it."""

Message: TypeAlias = MutableMapping[str, Any]
ASGIApp: TypeAlias = Callable[[Any, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class HarnessResponse:
    """A whole response.

    Attributes:
        status_code: Its status.
        headers: Its headers.
        chunks: The body in the pieces in which it came; empty ones are left out.
        complete: Whether it came to its end: False where the connection was cut.
        exception: What the application raised beside answering, or None.
    """

    status_code: int
    headers: Headers = field(default_factory=Headers)
    chunks: tuple[bytes, ...] = ()
    complete: bool = True
    exception: BaseException | None = field(default=None, repr=False)

    @property
    def content(self) -> bytes:
        """The body's bytes."""
        return b"".join(self.chunks)

    @property
    def text(self) -> str:
        """The body as UTF-8; what is none becomes U+FFFD."""
        return self.content.decode("utf-8", "replace")

    @property
    def body(self) -> Any:
        """The body: parsed where the response says that it is JSON, else its bytes."""
        content = self.content
        if "json" in (self.headers.get("content-type") or ""):
            with suppress(ValueError):
                return json_module.loads(content)
        return content


@dataclass(frozen=True, slots=True)
class RequestParts:
    """What a test says of a request or a handshake."""

    method: str
    path: str
    headers: HeaderItems | None = None
    content: bytes | None = None
    pieces: tuple[bytes, ...] | None = None
    principal: Principal | None = None
    client: tuple[str, int] = ("127.0.0.1", 50000)
    further: dict[str, Any] = field(default_factory=dict)

    def scope(self, kind: str) -> dict[str, Any]:
        """Return the ASGI scope. Raises ValueError for a header that cannot be sent, or a path that is none."""
        if not self.path.startswith("/"):
            raise ValueError(f"the path {self.path!r} must begin with '/'")
        target = urlsplit(self.path)
        given = Headers.of(self.headers)
        own: dict[str, str] = {"host": "testserver"}
        if self.pieces is not None:
            own["transfer-encoding"] = "chunked"
        elif self.content is not None:
            own["content-length"] = str(len(self.content))
        raw = [*[pair for pair in Headers.of(own).raw if pair[0].decode() not in given], *given.raw]
        scope: dict[str, Any] = {
            "type": kind,
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "http" if kind == "http" else "ws",
            "path": unquote(target.path),
            "raw_path": target.path.encode("latin-1", "replace"),
            "query_string": target.query.encode("latin-1", "replace"),
            "root_path": "",
            "headers": raw,
            "client": self.client,
            "server": ("testserver", 80),
            "state": {},
            PRINCIPAL: self.principal,
            **self.further,
        }
        if kind == "http":
            scope["method"] = self.method.upper()
        else:
            scope |= {"subprotocols": [], "extensions": {"websocket.http.response": {}}}
        return scope

    def messages(self) -> list[Message]:
        """Return the request's body as ASGI messages."""
        pieces = self.pieces if self.pieces is not None else (self.content or b"",)
        last = len(pieces) - 1
        messages: list[Message] = [
            {"type": "http.request", "body": piece, "more_body": number < last} for number, piece in enumerate(pieces)
        ]
        return messages or [{"type": "http.request", "body": b"", "more_body": False}]


def encoded_body(
    body: Any, headers: HeaderItems | None, pieces: Iterable[bytes] | None
) -> tuple[bytes | None, Headers, tuple[bytes, ...] | None]:
    """Return a body's bytes, the headers with its type, and its pieces. Raises ValueError for two bodies."""
    given = Headers.of(headers)
    if pieces is not None:
        if body is not None:
            raise ValueError("a request has one body: body, or pieces of it")
        return None, given, tuple(pieces)
    if body is None or isinstance(body, bytes):
        return body, given, None
    if isinstance(body, str):
        return body.encode(), given, None
    if "content-type" not in given:
        given = given.with_added({"content-type": "application/json"})
    return json_module.dumps(body).encode(), given, None


class _Wire:
    """The two directions of one connection, and the application at its other end."""

    def __init__(self, app: ASGIApp, scope: dict[str, Any], incoming: Iterable[Message]) -> None:
        self.gone = asyncio.Event()
        self.incoming: asyncio.Queue[Message] = asyncio.Queue()
        for message in incoming:
            self.incoming.put_nowait(message)
        self._outgoing: asyncio.Queue[Message] = asyncio.Queue(1)
        self._noticed = asyncio.Event()
        self._parting: Message = {"type": "http.disconnect"}
        self.task = asyncio.ensure_future(self._run(app, scope))

    async def _run(self, app: ASGIApp, scope: dict[str, Any]) -> None:
        await app(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        if not self.incoming.empty():
            return self.incoming.get_nowait()
        if self.gone.is_set():
            self._noticed.set()
            return self._parting
        getting, going = asyncio.ensure_future(self.incoming.get()), asyncio.ensure_future(self.gone.wait())
        try:
            await asyncio.wait({getting, going}, return_when=asyncio.FIRST_COMPLETED)
            if getting.done():
                return getting.result()
            self._noticed.set()
            return self._parting
        finally:
            getting.cancel()
            going.cancel()

    async def _send(self, message: Message) -> None:
        if not self.gone.is_set():
            await self._outgoing.put(message)
            return
        # A server lets what is sent to nobody go. An application that never waits for anything else must get the time
        # to notice, or it would send all of a stream.
        with suppress(TimeoutError):
            await asyncio.wait_for(self._noticed.wait(), GRACE)
        self._noticed.set()
        for _ in range(TURNS):
            await asyncio.sleep(0)

    async def next(self) -> Message | None:
        """Return what the application sends next, or None once it has returned or raised."""
        if self._outgoing.empty() and not self.task.done():
            getting = asyncio.ensure_future(self._outgoing.get())
            try:
                await asyncio.wait({getting, self.task}, return_when=asyncio.FIRST_COMPLETED)
                if getting.done():
                    return getting.result()
            finally:
                getting.cancel()
        return None if self._outgoing.empty() else self._outgoing.get_nowait()

    async def leave(self, parting: Message) -> None:
        """Let the client go, and wait until the application has noticed."""
        self._parting = parting
        self.gone.set()
        while not self._outgoing.empty():
            self._outgoing.get_nowait()
        await asyncio.wait({self.task})

    def failure(self) -> BaseException | None:
        """Return what the application raised, once it has ended."""
        return None if self.task.cancelled() else self.task.exception()


class HarnessStream:
    """A response whose head has come, and whose body comes as it is read.

    Attributes:
        status_code: Its status.
        headers: Its headers.
    """

    def __init__(self, wire: _Wire, head: Message) -> None:
        """Made by the harness."""
        self.status_code: int = head["status"]
        self.headers = Headers(tuple((bytes(name).lower(), bytes(value)) for name, value in head.get("headers", ())))
        self._wire = wire
        self._ended = False
        self._read: list[bytes] = []

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body's pieces as the application sends them."""
        while not self._ended:
            message = await self._wire.next()
            if message is None:
                return
            if message["type"] != "http.response.body":
                continue
            self._ended = not message.get("more_body", False)
            piece = bytes(message.get("body", b""))
            if piece:
                self._read.append(piece)
                yield piece

    async def read(self) -> HarnessResponse:
        """Read the rest, wait until the request is over, and return the whole of the response."""
        async for _ in self.chunks():
            pass
        if self._ended:
            while await self._wire.next() is not None:  # trailers
                pass
            await asyncio.wait({self._wire.task})
        chunks = tuple(self._read)
        return HarnessResponse(self.status_code, self.headers, chunks, self._ended, self._wire.failure())

    async def leave(self) -> None:
        """Leave, as a client does that closes its connection; returns when the request is over."""
        await self._wire.leave({"type": "http.disconnect"})


async def open_stream(app: ASGIApp, parts: RequestParts) -> HarnessStream:
    """Send a request, and return its response when the head is there. Raises what the application raises before."""
    wire = _Wire(app, parts.scope("http"), parts.messages())
    try:
        while (message := await wire.next()) is not None:
            if message["type"] == "http.response.start":
                return HarnessStream(wire, message)
    except BaseException:  # the test was cancelled, or gave up waiting: so does its client
        wire.gone.set()
        wire.task.cancel()
        raise
    failure = wire.failure()
    raise failure or AssertionError(f"the application sent no response to {parts.method} {parts.path}")


class WebSocketClosed(Exception):
    """The other side has closed the WebSocket.

    Attributes:
        code: As in RFC 6455, section 7.4.
        reason: What it said.
    """

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class HarnessWebSocket:
    """The client's side of a WebSocket.

    Attributes:
        accepted: Whether the handshake was accepted.
        response: The response with which it was refused; None where it was accepted, or just closed.
        closed: How the other side closed it; None as long as it has not.
    """

    def __init__(self, wire: _Wire) -> None:
        """Made by the harness."""
        self.accepted = False
        self.response: HarnessResponse | None = None
        self.closed: WebSocketClosed | None = None
        self._wire = wire

    async def open(self) -> None:
        """Shake hands; the harness does it."""
        message = await self._wire.next()
        if message is not None and message["type"] == "websocket.http.response.start":
            headers, body, more = Headers(tuple(message.get("headers", ()))), b"", True
            while more and (part := await self._wire.next()) is not None:
                body += part.get("body", b"")
                more = part.get("more_body", False)
            self.response = HarnessResponse(message["status"], headers, (body,) if body else ())
            self.closed = WebSocketClosed(1006)
        elif message is None or message["type"] == "websocket.close":
            self._note_end(message)
        else:
            self.accepted = message["type"] == "websocket.accept"

    async def send(self, message: str | bytes) -> None:
        """Send a message. Raises WebSocketClosed if the other side has closed."""
        if self.closed is not None:
            raise self.closed
        kind = "text" if isinstance(message, str) else "bytes"
        self._wire.incoming.put_nowait({"type": "websocket.receive", kind: message})

    async def receive(self) -> str | bytes:
        """Return the next message. Raises WebSocketClosed once the other side has closed."""
        if self.closed is not None:
            raise self.closed
        message = await self._wire.next()
        if message is None or message["type"] != "websocket.send":
            raise self._note_end(message)
        text: str | None = message.get("text")
        return bytes(message["bytes"]) if text is None else text

    async def close(self, code: int = 1000) -> None:
        """Close it from the client's side; returns when the request is over. Harmless when repeated."""
        await self._wire.leave({"type": "websocket.disconnect", "code": code, "reason": ""})

    def _note_end(self, message: Message | None) -> WebSocketClosed:
        failure = self._wire.failure() if message is None else None
        if failure is not None:
            raise failure
        code, reason = (1006, "") if message is None else (message.get("code", 1000), message.get("reason") or "")
        self.closed = WebSocketClosed(code, reason)
        return self.closed


async def open_websocket(app: ASGIApp, parts: RequestParts) -> HarnessWebSocket:
    """Open a WebSocket; it says itself whether it was accepted."""
    websocket = HarnessWebSocket(_Wire(app, parts.scope("websocket"), [{"type": "websocket.connect"}]))
    await websocket.open()
    return websocket
