"""The response on its way to the client: headers, body or chunks through the outbound phases, nothing merged or held.

Only a plugin that implements `response_body` makes it wait: then headers leave once the body is known. Whatever goes
wrong before they have left is answered by an error in the response's place; afterwards the response is cut off.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from routeiq_plugin_sdk import Headers, PluginResponse, Reject, ResponseMetadata

from routeiq.core.errors import PluginAborted

from .exchange import REQUEST_ID, Exchange
from .refusal import Refusal, RenderError, answer_to
from .response_body import BODYLESS, edited, framed, is_event_stream
from .types import Message, Send

START: Final = "http.response.start"
BODY: Final = "http.response.body"


class ResponseReplaced(OSError):
    """Tells an application to stop: something else was sent in the place of its response.

    An OSError is what a server raises when the client has gone (ASGI 2.4), so that applications know how to end.
    """


class Outbound:
    """Sends one response; `send` is what the application gets.

    Attributes:
        started: Whether the response's headers have left.
        ended: Whether its last byte has.
        aborted: Whether the client left, or a plugin cut the response off, before its end.
        replaced: Whether something else was sent in the place of the application's response.
        refused: What a phase raised inside the application, which may hide it and cannot undo it.
        metadata: Status and headers as the client got them; None before they left.
        short_circuited_by: The plugin that answered instead of the application.
    """

    started = False
    ended = False
    aborted = False
    replaced = False
    refused: Reject | PluginAborted | None = None
    metadata: ResponseMetadata | None = None
    short_circuited_by: str | None = None
    _held: Message | None = None  # the start of a response whose body is being buffered
    _pieces: list[bytes]
    _size = 0

    def __init__(self, exchange: Exchange, send: Send, limit: int, render: RenderError) -> None:
        """Make the sender of one response.

        Args:
            limit: Bytes of a body that is buffered.
        """
        self._exchange = exchange
        self._send = send
        self._limit = limit
        self._render = render
        # What becomes of the body, if not simply sent. A plain function: a bound method would make a cycle, and keep
        # the request's plans until the next garbage collection.
        self._take: Callable[[Outbound, Message], Awaitable[None]] | None = None

    async def send(self, message: Message) -> None:
        """Take a message of the application's."""
        kind = message["type"]
        if kind == BODY:
            take = self._take
            if take is not None:
                await take(self, message)
            elif message.get("more_body", False):
                await self._send(message)
            else:
                # Before it is sent: a server may tell of the connection's end while this waits.
                ended, self.ended = self.ended, True
                try:
                    await self._send(message)
                except BaseException:
                    self.ended = ended
                    raise
        elif kind == START:
            await self._begin(message)
        elif not self.replaced:
            if kind == "http.response.pathsend" or (
                kind == "http.response.zerocopysend" and not message.get("more_body", False)
            ):
                self.ended = True
            await self._send(message)

    async def answer(self, response: PluginResponse) -> None:
        """Send a response that is there as a whole, through the outbound phases."""
        self._held = self._take = None
        self._size = 0
        headers, body = framed(response, self._exchange.request.method)
        await self.send({"type": START, "status": response.status_code, "headers": headers})
        await self.send({"type": BODY, "body": body})

    async def answer_error(self, error: Exception) -> bool:
        """Send what stands for an error; return whether nobody needs to hear of the error any more."""
        answer = await answer_to(error, self._exchange, self._render)
        self.short_circuited_by = answer.plugin
        await self.answer(answer.response)
        return answer.is_settled

    def outcome(self) -> ResponseMetadata:
        """Return what the `response` phase is told."""
        metadata = self.metadata
        if metadata is None:
            # Without a word of the application's the server answers 500.
            return ResponseMetadata(499 if self.aborted else 500, Headers(), self.short_circuited_by, True)
        if self.aborted or not self.ended:
            return ResponseMetadata(metadata.status_code, metadata.headers, metadata.short_circuited_by, True)
        return metadata

    async def _begin(self, message: Message) -> None:
        if self.started:
            if not self.replaced:
                await self._send(message)  # a second start: the server says so
            return
        if self._held is not None:
            raise RuntimeError("the application started its response twice")
        if self.refused is not None:
            await self._answer_refused(self.refused)
            return
        plans = self._exchange.plans
        if plans.scopes is not None:
            plans = self._exchange.plans = plans.scopes.kept(plans)
        if plans.response_chunk is not None or plans.response_body is not None:
            status = message["status"]
            if status in BODYLESS or status < 200 or self._exchange.request.method == "HEAD":
                pass
            elif plans.response_body is not None and not is_event_stream(message.get("headers", ())):
                self._held, self._pieces, self._take = message, [], Outbound._buffer
                return
            elif plans.response_chunk is not None:
                self._take = Outbound._pass_chunk
        elif plans.response_headers is None:
            await self._send(self._head(message, message["status"], message.get("headers", ())))
            return
        await self._start(message)

    async def _start(self, message: Message) -> None:
        """Begin the response through `response_headers`."""
        # Applications that write names in upper case exist, and their content-length must not be overlooked.
        raw = tuple([(name.lower(), value) for name, value in message.get("headers", ())])
        try:
            metadata = await self._headers(ResponseMetadata(message["status"], Headers(raw), self.short_circuited_by))
        except (Reject, PluginAborted) as error:
            await self._replace(error, headers_ran=True)
            return
        if metadata.status_code in BODYLESS and message["status"] not in BODYLESS:
            metadata = metadata.without_headers("content-length")
            self._take = Outbound._swallow
        await self._send(self._head(message, metadata.status_code, metadata.headers.raw))

    async def _headers(self, metadata: ResponseMetadata) -> ResponseMetadata:
        plan = self._exchange.plans.response_headers
        if plan is None:
            return metadata
        result = plan.call(self._exchange.request, metadata, self._exchange)
        changed: ResponseMetadata = await result if plan.is_async else result
        return changed

    def _head(self, message: Message, status: int, headers: Iterable[tuple[bytes, bytes]]) -> Message:
        """Return the message that starts the response, and note that it has begun."""
        gone = (REQUEST_ID, b"content-length") if self._take is Outbound._pass_chunk else (REQUEST_ID,)
        raw = [pair for pair in headers if pair[0].lower() not in gone]
        raw.append((REQUEST_ID, self._exchange.request_id.encode("ascii")))
        plans = self._exchange.plans
        if plans.response is not None or plans.response_chunk is not None or plans.tracer is not None:
            self.metadata = ResponseMetadata(status, Headers(tuple(raw)), self.short_circuited_by)
        self.started = True
        return {**message, "status": status, "headers": raw}

    async def _pass_chunk(self, message: Message) -> None:
        if self.ended:
            await self._send(message)  # a second end: the server says so
            return
        exchange, metadata = self._exchange, self.metadata
        plan = exchange.plans.response_chunk
        assert plan is not None
        assert metadata is not None, "chunks follow the head"
        body, final = message.get("body", b""), not message.get("more_body", False)
        try:
            result = plan.call(exchange.request, metadata, body, final, exchange)
            new = await result if plan.is_async else result
        except (Reject, PluginAborted) as error:
            self.refused = error
            self.aborted = True
            self._take = Outbound._drop
            raise
        if new is not body:
            if not new and not final:
                return
            message = {**message, "body": new}
        if final:
            await self._end(message)
        else:
            await self._send(message)

    async def _buffer(self, message: Message) -> None:
        body = message.get("body", b"")
        self._size += len(body)
        if self._size > self._limit:
            await self._replace(Refusal(502, f"The response is over {self._limit} bytes.", "response_too_large"))
            return
        self._pieces.append(body)
        if message.get("more_body", False):
            return
        start, self._held, self._take = self._held, None, None
        assert start is not None
        if self.refused is not None:
            await self._answer_refused(self.refused)
            return
        try:
            headers = Headers(tuple([(name.lower(), value) for name, value in start.get("headers", ())]))
            metadata = ResponseMetadata(start["status"], headers, self.short_circuited_by)
            raw, body = await edited(self._exchange, metadata, b"".join(self._pieces), self._limit)
        except (Reject, PluginAborted, Refusal) as error:
            await self._replace(error)
            return
        await self._start({**start, "headers": raw})
        await self.send({"type": BODY, "body": body})

    async def _replace(self, error: Reject | PluginAborted | Refusal, *, headers_ran: bool = False) -> None:
        """Send an error in the place of the application's response.

        Args:
            headers_ran: Whether `response_headers` has run: it does once for each response, be it replaced.
        """
        self._held = None
        self._take = Outbound._drop
        self.replaced = True
        answer = await answer_to(error, self._exchange, self._render)
        self.short_circuited_by = answer.plugin
        headers, body = framed(answer.response, self._exchange.request.method)
        metadata = ResponseMetadata(answer.response.status_code, Headers(tuple(headers)), answer.plugin)
        if not headers_ran:
            try:
                metadata = await self._headers(metadata)
            except (Reject, PluginAborted) as another:
                await self._replace(another, headers_ran=True)
                return
        if metadata.status_code in BODYLESS:
            metadata, body = metadata.without_headers("content-length"), b""
        await self._send(self._head({"type": START}, metadata.status_code, metadata.headers.raw))
        await self._end({"type": BODY, "body": body})

    async def _answer_refused(self, error: Reject | PluginAborted) -> None:
        """Send the refusal that the application hid, in the place of what it made of it."""
        self.refused = None
        await self.answer_error(error)
        self.replaced = True
        self._take = Outbound._drop

    async def _end(self, message: Message) -> None:
        self.ended = True
        try:
            await self._send(message)
        except BaseException:
            self.ended = False
            raise

    async def _drop(self, message: Message) -> None:
        # What ends by itself is left to; a stream would cost somebody something to its end.
        if message.get("more_body", False):
            raise ResponseReplaced("the response was ended by a plugin")

    async def _swallow(self, message: Message) -> None:
        """Leave out the body of a response that a plugin gave a status without one."""
        if not message.get("more_body", False):
            await self._end({**message, "body": b""})
