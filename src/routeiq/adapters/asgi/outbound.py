"""The response on its way to the client: headers, body or chunks through the outbound phases, nothing merged or held.

Only a plugin that implements `response_body` makes it wait: then headers leave once the body is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from routeiq_plugin_sdk import Headers, PluginResponse, Reject, ResponseMetadata

from routeiq.core.errors import PluginAborted

from .content_coding import decode_body
from .exchange import REQUEST_ID, Exchange
from .refusal import Refusal
from .types import Message, Send

BODYLESS = (204, 304)
RenderError: TypeAlias = Callable[[int, str, str | None, Headers], PluginResponse]


class Outbound:
    """Sends one response; `send` is what the application gets.

    Attributes:
        started: Whether the response's headers have left.
        ended: Whether its last byte has.
        aborted: Whether the client left, or the response broke, before its end.
        metadata: Status and headers as the client got them; None before they left.
        short_circuited_by: The plugin that answered instead of the application.
    """

    started = False
    ended = False
    aborted = False
    metadata: ResponseMetadata | None = None
    short_circuited_by: str | None = None
    _muted = False  # something else was sent in the application's place
    _held: Message | None = None  # the start of a response whose body is being buffered
    _pieces: list[bytes]
    _size = 0

    def __init__(self, exchange: Exchange, send: Send, limit: int, render: Render) -> None:
        """Make the sender of one response."""
        self._exchange = exchange
        self._send = send
        self._limit = limit
        self._render = render
        self._chunks = exchange.plans.response_chunk

    async def send(self, message: Message) -> None:
        """Take a message of the application's."""
        kind = message["type"]
        if kind == "http.response.body":
            if self._held is not None:
                await self._buffer(message)
            elif self._chunks is not None and not self._muted:
                await self._chunk(message)
            elif not self._muted:
                if not message.get("more_body", False):
                    self.ended = True
                await self._send(message)
        elif kind == "http.response.start":
            if self._chunks is None and self._exchange.plans.response_body is None:
                await self._send_start(message)
            else:
                await self._start(message)
        elif not self._muted:
            await self._send(message)

    async def answer(self, response: PluginResponse) -> None:
        """Send a response that is there as a whole, through the outbound phases."""
        self._held = None
        length = (b"content-length", b"%d" % len(response.body))
        headers = [*(pair for pair in response.headers.raw if pair[0] != b"content-length"), length]
        await self.send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        body = b"" if self._exchange.request.method == "HEAD" else response.body
        await self.send({"type": "http.response.body", "body": body})

    def outcome(self) -> ResponseMetadata:
        """Return what the `response` phase is told."""
        metadata = self.metadata
        if metadata is None:
            return ResponseMetadata(499, Headers(), self.short_circuited_by, True)
        if self.aborted:
            return ResponseMetadata(metadata.status_code, metadata.headers, metadata.short_circuited_by, True)
        return metadata

    async def _start(self, message: Message) -> None:
        """Begin a response whose body plugins want to see."""
        status = message["status"]
        if status in BODYLESS or status < 200 or self._exchange.request.method == "HEAD":
            self._chunks = None
        elif self._exchange.plans.response_body is not None and not _is_event_stream(message.get("headers", ())):
            self._held, self._pieces = message, []
            return
        await self._send_start(message)

    async def _send_start(self, message: Message) -> None:
        exchange = self._exchange
        metadata = ResponseMetadata(
            message["status"], Headers(tuple(message.get("headers", ()))), self.short_circuited_by
        )
        plan = exchange.plans.response_headers
        if plan is not None:
            try:
                result = plan.call(exchange.request, metadata, exchange)
                metadata = await result if plan.is_async else result
            except (Reject, PluginAborted) as error:
                await self._replace(error)
                return
        await self._send(self._head(message, metadata))

    def _head(self, message: Message, metadata: ResponseMetadata) -> Message:
        """Return the message that starts the response, and note that it has begun."""
        self.metadata = metadata
        self.started = True
        gone = (REQUEST_ID,) if self._chunks is None else (REQUEST_ID, b"content-length")
        headers = [pair for pair in metadata.headers.raw if pair[0] not in gone]
        headers.append((REQUEST_ID, self._exchange.request.id.encode("ascii")))
        return {**message, "status": metadata.status_code, "headers": headers}

    async def _chunk(self, message: Message) -> None:
        exchange, plan = self._exchange, self._chunks
        assert plan is not None
        body, final = message.get("body", b""), not message.get("more_body", False)
        try:
            result = plan.call(exchange.request, self.metadata, body, final, exchange)
            new = await result if plan.is_async else result
        except (Reject, PluginAborted):
            self.aborted = self._muted = True
            raise
        if final:
            self.ended = True
        if new is body:
            await self._send(message)
        elif new or final:
            await self._send({**message, "body": new})

    async def _buffer(self, message: Message) -> None:
        body = message.get("body", b"")
        self._size += len(body)
        if self._size > self._limit:
            await self._replace(Refusal(502, f"The response is over {self._limit} bytes.", "response_too_large"))
            return
        self._pieces.append(body)
        if not message.get("more_body", False):
            start, self._held = self._held, None
            assert start is not None
            try:
                await self._send_buffered(start, b"".join(self._pieces))
            except (Reject, PluginAborted, Refusal) as error:
                if self.started:
                    raise
                await self._replace(error)

    async def _send_buffered(self, start: Message, body: bytes) -> None:
        exchange = self._exchange
        headers = Headers(tuple(start.get("headers", ())))
        coding = headers.get("content-encoding")
        if coding is not None:
            body = _decoded(body, coding, self._limit)
        metadata = ResponseMetadata(start["status"], headers, self.short_circuited_by)
        plan = exchange.plans.response_body
        if plan is not None:
            result = plan.call(exchange.request, metadata, body, exchange)
            body = await result if plan.is_async else result
        plan, self._chunks = self._chunks, None
        if plan is not None:
            result = plan.call(exchange.request, metadata, body, True, exchange)
            body = await result if plan.is_async else result
        gone = (b"content-length", b"content-encoding", b"transfer-encoding")
        raw = [*(pair for pair in headers.raw if pair[0] not in gone), (b"content-length", b"%d" % len(body))]
        await self._send_start({**start, "headers": raw})
        if not self._muted:
            self.ended = True
            await self._send({"type": "http.response.body", "body": body})

    async def _replace(self, error: Reject | PluginAborted | Refusal) -> None:
        """Send an error in the response's place. `response_headers` has run, or never will: it runs once."""
        self._held = self._chunks = None
        self._muted = True
        if isinstance(error, Reject | PluginAborted):
            self.short_circuited_by = error.plugin
        response = self._render(error)
        length = (b"content-length", b"%d" % len(response.body))
        metadata = ResponseMetadata(
            response.status_code, Headers((*response.headers.raw, length)), self.short_circuited_by
        )
        await self._send(self._head({"type": "http.response.start"}, metadata))
        self.ended = True
        body = b"" if self._exchange.request.method == "HEAD" else response.body
        await self._send({"type": "http.response.body", "body": body})


class Render:
    """Turns what ended a request into a response, in the shape that the host chose."""

    def __init__(self, render_error: RenderError) -> None:
        self._render_error = render_error

    def __call__(self, error: Exception) -> PluginResponse:
        """Return the response; the reason of a failure never leaks."""
        if isinstance(error, Reject | Refusal):
            return self._render_error(error.status_code, error.message, error.code, error.headers)
        if isinstance(error, PluginAborted):
            return self._render_error(error.status_code, "A plugin of the gateway failed.", "plugin_failed", Headers())
        return self._render_error(500, "The server failed to answer.", "internal_error", Headers())


def _decoded(body: bytes, coding: str, limit: int) -> bytes:
    try:
        return decode_body(body, coding, limit)
    except Refusal as error:
        message = "The response's content coding cannot be undone, which a plugin needs."
        raise Refusal(502, message, "response_coding") from error


def _is_event_stream(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name.lower() == b"content-type" and b"text/event-stream" in value.lower() for name, value in headers)
