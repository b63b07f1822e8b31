"""WebSockets: the handshake runs the inbound phases, messages of either side run `websocket_message`."""

from __future__ import annotations

import asyncio
from typing import Final

from routeiq_plugin_sdk import Headers, PluginResponse, Reject, ResponseMetadata

from routeiq.core.errors import PluginAborted

from .ending import observe
from .exchange import REQUEST_ID, Exchange
from .inbound import rewritten, run_inbound
from .refusal import RenderError, answer_to, stems_from
from .response_body import framed
from .tracing import traced
from .types import ASGIApplication, Message, RawHeaders, Receive, Scope, Send

POLICY_VIOLATION: Final = 1008  # RFC 6455 section 7.4.1
INTERNAL_ERROR: Final = 1011
ABNORMAL: Final = 1006
NORMAL: Final = (1000, 1001, 1005)
LONGEST_REASON: Final = 123  # bytes: RFC 6455 section 5.5


async def run_websocket(
    app: ASGIApplication, exchange: Exchange, scope: Scope, receive: Receive, send: Send, render: RenderError
) -> None:
    """Serve one WebSocket; `response` fires once, at its end."""
    connection = _Connection(exchange, scope, receive, send)
    work = _serve_and_observe(app, exchange, scope, connection, render)
    tracer = exchange.plans.tracer
    await (work if tracer is None else traced(tracer, exchange, work, connection))


async def _serve_and_observe(
    app: ASGIApplication, exchange: Exchange, scope: Scope, connection: _Connection, render: RenderError
) -> None:
    try:
        await _serve(app, exchange, scope, connection, render)
    except GeneratorExit:  # the loop is gone: nothing can be awaited any more
        raise
    except BaseException as error:
        cancelled = isinstance(error, asyncio.CancelledError)
        if cancelled:
            connection.client_left(ABNORMAL)
        await observe(exchange, connection.outcome(), cancelled=cancelled)
        raise
    await observe(exchange, connection.outcome())


async def _serve(
    app: ASGIApplication, exchange: Exchange, scope: Scope, connection: _Connection, render: RenderError
) -> None:
    first = exchange.request
    try:
        response = await run_inbound(exchange)
        if exchange.plans.scopes is not None:
            exchange.plans = exchange.plans.scopes.kept(exchange.plans)
        if response is None:
            scope = {**rewritten(scope, first, exchange.request), "routeiq": exchange}
            if exchange.plans.tracer is not None:
                exchange.scope = scope
            await app(scope, connection.receive, connection.send)
        else:
            connection.short_circuited_by = exchange.plugin
            await connection.refuse(response)
    except Exception as error:
        if not await _settled(error, exchange, connection, render):
            raise  # the server logs it, once


async def _settled(error: Exception, exchange: Exchange, connection: _Connection, render: RenderError) -> bool:
    """Refuse or close, if that is still possible; return whether nobody needs to hear of the error any more."""
    if not connection.decided:
        answer = await answer_to(error, exchange, render)
        connection.short_circuited_by = answer.plugin
        await connection.refuse(answer.response)
        return answer.is_settled
    if stems_from(error, (ClosedByPlugin,)):
        return True
    if isinstance(error, Reject | PluginAborted):
        await connection.close(error)
        return True
    return False


class ClosedByPlugin(OSError):
    """Tells an application that goes on sending that a plugin has closed the connection.

    An OSError is what a server raises when the client has gone (ASGI 2.4), so that applications know how to end.
    """


class _Connection:
    """What stands between the server and the application while a WebSocket lives.

    Attributes:
        decided: Whether the handshake was accepted or refused, or the client left before.
        aborted: Whether the connection ended in another way than by being closed.
        short_circuited_by: The plugin that refused instead of the application.
    """

    def __init__(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        self.decided = False
        self.aborted = False
        self.short_circuited_by: str | None = None
        self._exchange = exchange
        self._can_respond = "websocket.http.response" in (scope.get("extensions") or {})
        self._receive = receive
        self._send = send
        self._status = 500  # what a server makes of a handshake that nobody answers
        self._connected = False  # the client's `websocket.connect` was received
        self._closed = False
        self._closed_by_plugin: Message | None = None  # what the application receives then

    def outcome(self) -> ResponseMetadata:
        """Return what the `response` phase is told."""
        return ResponseMetadata(self._status, Headers(), self.short_circuited_by, self.aborted or not self._closed)

    def client_left(self, code: int) -> None:
        """Note that the client is gone, and whether it said so (RFC 6455 section 7.1.5)."""
        if not self.decided:
            self.decided, self._status, self.aborted = True, 499, True
        elif not self._closed:
            self.aborted = code not in NORMAL
        self._closed = True

    async def receive(self) -> Message:
        """Give the application the client's next message, as plugins leave it."""
        if self._closed_by_plugin is not None:
            return self._closed_by_plugin
        message = await self._receive()
        kind = message["type"]
        if kind == "websocket.receive":
            try:
                return await self._passed(message, from_client=True)
            except (Reject, PluginAborted) as error:
                return await self.close(error)
        if kind == "websocket.connect":
            self._connected = True
        elif kind == "websocket.disconnect":
            self.client_left(message.get("code", 1005))
        return message

    async def send(self, message: Message) -> None:
        """Send the client a message of the application's, as plugins leave it."""
        kind = message["type"]
        if self._closed_by_plugin is not None:
            if kind == "websocket.send":
                raise ClosedByPlugin("a plugin has closed the connection")
            return
        if kind == "websocket.send":
            try:
                message = await self._passed(message, from_client=False)
            except (Reject, PluginAborted) as error:
                await self.close(error)
                raise ClosedByPlugin("a plugin has closed the connection") from error
        elif kind == "websocket.accept":
            self.decided, self._status = True, 101
            message = {**message, "headers": self._identified(message.get("headers", ()))}
        elif kind == "websocket.close":
            if not self.decided:
                self.decided, self._status = True, 403
            self._closed = True
        elif kind == "websocket.http.response.start":
            self.decided, self._status = True, message["status"]
            message = {**message, "headers": self._identified(message.get("headers", ()))}
        elif kind == "websocket.http.response.body" and not message.get("more_body", False):
            self._closed = True
        await self._send(message)

    async def refuse(self, response: PluginResponse) -> None:
        """Refuse the handshake: with a response where the server can send one, else by closing."""
        if not self._connected:
            message = await self._receive()
            if message["type"] != "websocket.connect":
                self.client_left(message.get("code", 1005))
                return
        if not self._can_respond:
            await self.send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        headers, body = framed(response, "GET")
        await self.send({"type": "websocket.http.response.start", "status": response.status_code, "headers": headers})
        await self.send({"type": "websocket.http.response.body", "body": body})

    async def close(self, error: Reject | PluginAborted) -> Message:
        """Close the connection on a plugin's word; return what the application receives from now on."""
        if isinstance(error, Reject):
            code, reason = POLICY_VIOLATION, error.message
        else:
            code, reason = INTERNAL_ERROR, "A plugin of the gateway failed."
        reason = reason.encode()[:LONGEST_REASON].decode(errors="ignore")
        message: Message = {"type": "websocket.disconnect", "code": code, "reason": reason}
        if not self._closed:
            self._closed = self.aborted = True
            self._closed_by_plugin = message
            await self._send({"type": "websocket.close", "code": code, "reason": reason})
        return message

    def _identified(self, headers: RawHeaders) -> RawHeaders:
        identity = (REQUEST_ID, self._exchange.request_id.encode("ascii"))
        return [*[pair for pair in headers if pair[0].lower() != REQUEST_ID], identity]

    async def _passed(self, message: Message, from_client: bool) -> Message:
        plan = self._exchange.plans.websocket_message
        if plan is None:
            return message
        text = message.get("text")
        content = (message.get("bytes") or b"") if text is None else text
        result = plan.call(self._exchange.request, content, from_client, self._exchange)
        new = await result if plan.is_async else result
        if new is content:
            return message
        return {"type": message["type"], "text" if isinstance(new, str) else "bytes": new}
