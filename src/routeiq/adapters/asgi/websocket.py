"""WebSockets: the handshake runs the inbound phases, messages of either side run `websocket_message`."""

from __future__ import annotations

import asyncio

from routeiq_plugin_sdk import Headers, PluginResponse, Reject, ResponseMetadata

from routeiq.core.dispatch import fire
from routeiq.core.errors import PluginAborted

from .exchange import REQUEST_ID, Exchange
from .inbound import rewritten, run_inbound
from .outbound import Render
from .refusal import Refusal
from .types import ASGIApplication, Message, Receive, Scope, Send

POLICY_VIOLATION, INTERNAL_ERROR = 1008, 1011  # RFC 6455 section 7.4.1
NORMAL = (1000, 1001, 1005)


async def run_websocket(
    app: ASGIApplication, exchange: Exchange, scope: Scope, receive: Receive, send: Send, render: Render
) -> None:
    """Serve one WebSocket; `response` fires once, at its end."""
    connection = _Connection(exchange, receive, send)
    cancelled = False
    try:
        refusal = await _refusal(exchange, connection, render)
        if refusal is None:
            scope = {**rewritten(scope, connection.first, exchange.request), "routeiq": exchange}
            await _run(app, scope, connection)
        else:
            await connection.refuse(scope, refusal)
    except asyncio.CancelledError:
        connection.aborted = cancelled = True
        raise
    except BaseException:
        connection.aborted = True
        raise
    finally:
        observing = asyncio.ensure_future(
            fire(exchange.plans.response, exchange.request, connection.outcome(), exchange)
        )
        await (asyncio.shield(observing) if cancelled else observing)


async def _refusal(exchange: Exchange, connection: _Connection, render: Render) -> PluginResponse | None:
    try:
        response = await run_inbound(exchange)
        if response is not None:
            connection.short_circuited_by = exchange.plugin
        return response
    except (Reject, Refusal, PluginAborted) as error:
        connection.short_circuited_by = getattr(error, "plugin", None)
        return render(error)


async def _run(app: ASGIApplication, scope: Scope, connection: _Connection) -> None:
    try:
        await app(scope, connection.receive, connection.send)
    except Reject as error:
        await connection.close(POLICY_VIOLATION, error.message)
    except PluginAborted:
        await connection.close(INTERNAL_ERROR, "a plugin of the gateway failed")
    except _Closed:
        pass


class _Closed(Exception):
    """The connection was closed on a plugin's word while the application used it."""


class _Connection:
    """What stands between the server and the application while a WebSocket lives."""

    def __init__(self, exchange: Exchange, receive: Receive, send: Send) -> None:
        self.first = exchange.request
        self.short_circuited_by: str | None = None
        self.aborted = False
        self._exchange = exchange
        self._receive = receive
        self._send = send
        self._status = 403  # what a server makes of a handshake that nobody accepted
        self._closed = False

    def outcome(self) -> ResponseMetadata:
        """Return what the `response` phase is told."""
        return ResponseMetadata(self._status, Headers(), self.short_circuited_by, self.aborted)

    async def receive(self) -> Message:
        """Give the application the client's next message, as plugins leave it."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            if not self._closed:
                self.aborted = message.get("code", 1005) not in NORMAL
            self._closed = True
            return message
        if message["type"] == "websocket.receive":
            return await self._passed(message, from_client=True)
        return message

    async def send(self, message: Message) -> None:
        """Send the client a message of the application's, as plugins leave it."""
        kind = message["type"]
        if self._closed and kind in ("websocket.send", "websocket.accept"):
            raise _Closed
        if kind == "websocket.accept":
            self._status = 101
            identity = (REQUEST_ID, self._exchange.request.id.encode("ascii"))
            message = {**message, "headers": [*message.get("headers", ()), identity]}
        elif kind == "websocket.send":
            message = await self._passed(message, from_client=False)
        elif kind == "websocket.close":
            self._closed = True
        elif kind == "websocket.http.response.start":
            self._status = message["status"]
        await self._send(message)

    async def refuse(self, scope: Scope, response: PluginResponse) -> None:
        """Refuse the handshake: with a response where the server can send one, else by closing."""
        message = await self._receive()
        if message["type"] != "websocket.connect":
            self.aborted = True
            return
        self._closed = True
        if "websocket.http.response" not in (scope.get("extensions") or {}):
            await self._send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        self._status = response.status_code
        identity = (REQUEST_ID, self._exchange.request.id.encode("ascii"))
        length = (b"content-length", b"%d" % len(response.body))
        headers = [*response.headers.raw, length, identity]
        await self._send({"type": "websocket.http.response.start", "status": response.status_code, "headers": headers})
        await self._send({"type": "websocket.http.response.body", "body": response.body})

    async def close(self, code: int, reason: str) -> None:
        """Close the connection on a plugin's word."""
        if not self._closed:
            self._closed = self.aborted = True
            # RFC 6455 section 5.5: a close frame's reason has at most 123 bytes.
            await self._send({"type": "websocket.close", "code": code, "reason": reason[:120]})

    async def _passed(self, message: Message, from_client: bool) -> Message:
        plan = self._exchange.plans.websocket_message
        if plan is None:
            return message
        text = message.get("text")
        content = message.get("bytes", b"") if text is None else text
        result = plan.call(self._exchange.request, content, from_client, self._exchange)
        new = await result if plan.is_async else result
        if new is content:
            return message
        return {"type": message["type"], "text" if isinstance(new, str) else "bytes": new}
