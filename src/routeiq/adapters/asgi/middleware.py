"""`PluginMiddleware`: pure ASGI, one layer however many plugins there are.

It keeps nothing but configuration; what belongs to a request lives in objects that are made for it. A phase that no
active plugin implements costs the look at an attribute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from routeiq_plugin_sdk import PluginResponse

from routeiq.core.errors import NotRunningError
from routeiq.core.logging import current_activity
from routeiq.core.manager import PluginManager
from routeiq.transport.guarded import GuardedHTTP

from .ending import observe
from .exchange import Exchange, make_request
from .forwarded import TrustedProxies
from .inbound import identify, rewritten
from .lifespan import run_lifespan
from .outbound import Outbound, ResponseReplaced
from .refusal import DECISIONS, RenderError, render_error, stems_from
from .request_body import ClientLeft, chunked, has_body, run_body
from .tracing import traced
from .types import ASGIApplication, Message, RawHeaders, Receive, Scope, Send
from .websocket import run_websocket

HIDDEN_EXTENSIONS = ("http.response.pathsend", "http.response.zerocopysend")


class PluginMiddleware:
    """Any ASGI application under the plugins of a manager: `app = PluginMiddleware(app, manager)`."""

    def __init__(
        self,
        app: ASGIApplication,
        manager: PluginManager,
        *,
        max_body: int = 10 * 1024 * 1024,
        trusted_proxies: Sequence[str] = (),
        render_error: RenderError = render_error,
    ) -> None:
        """Wrap an application.

        Args:
            manager: Started and stopped with the application's lifespan, unless it runs already.
            max_body: Bytes of a body that is buffered, on either way; 413 and 502 beyond it.
            trusted_proxies: Addresses and networks whose forwarding headers count.
            render_error: Makes the response for a refusal: status, message, code, headers.

        Raises:
            ValueError: if a trusted proxy is no address or network.
        """
        self.app = app
        self.manager = manager
        self._max_body = max_body
        self._proxies = TrustedProxies(trusted_proxies)
        self._render = render_error
        manager.attach(frozenset({"http"}), http=GuardedHTTP())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, a WebSocket or the lifespan; anything else passes."""
        kind = scope["type"]
        if kind == "lifespan":
            await run_lifespan(self.app, self.manager, scope, receive, send)
            return
        if kind not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        if self._proxies:
            scope = self._proxies.resolved(scope)
        manager = self.manager
        if not manager.running:
            raise NotRunningError(
                "the plugin manager is not running: serve the application with its lifespan on, or enter the manager"
                " first (async with manager)"
            )
        request = make_request(scope, scope["method"] if kind == "http" else "WEBSOCKET")
        plans = manager.plans
        if plans.scopes is not None:
            plans = plans.scopes.at_entry(request)
        exchange = Exchange(request, plans)
        token = current_activity.set(exchange)
        try:
            if kind == "websocket":
                await run_websocket(self.app, exchange, scope, receive, send, self._render)
            elif not plans.observed:
                await self._answer(exchange, scope, receive, Outbound(exchange, send, self._max_body, self._render))
            else:
                outbound = Outbound(exchange, send, self._max_body, self._render)
                work = self._answer_and_observe(exchange, scope, _watching(receive, outbound), outbound)
                tracer = plans.tracer
                await (work if tracer is None else traced(tracer, exchange, work, outbound))
        finally:
            current_activity.reset(token)
            exchange.answering = False
            if exchange.waiting is not None:
                exchange.answered()

    async def _answer_and_observe(self, exchange: Exchange, scope: Scope, receive: Receive, outbound: Outbound) -> None:
        """Answer, and run the `response` phase whatever happened."""
        try:
            await self._answer(exchange, scope, receive, outbound)
        except GeneratorExit:  # the loop is gone: nothing can be awaited any more
            raise
        except BaseException as error:
            cancelled = isinstance(error, asyncio.CancelledError)
            outbound.aborted |= cancelled and not outbound.ended
            await observe(exchange, outbound.outcome(), cancelled=cancelled)
            raise
        await observe(exchange, outbound.outcome())

    async def _answer(self, exchange: Exchange, scope: Scope, receive: Receive, outbound: Outbound) -> None:
        """Get a response, from a plugin or from the application, and send it."""
        plans = exchange.plans
        try:
            response = None
            # Written out where every request comes by: a coroutine more costs as much as a plugin.
            if plans.identifies:
                before = exchange.request
                response = await identify(exchange)
                plans = exchange.plans
                scope = rewritten(scope, before, exchange.request)
            plan = plans.request
            if plan is not None and response is None:
                result = plan.call(exchange.request, exchange)
                response = await result if plan.is_async else result
            if response is None and (plans.request_body is not None or plans.request_chunk is not None):
                response, scope, receive = await self._with_body(exchange, scope, receive, outbound)
            if response is None:
                scope = {**scope, "routeiq": exchange}
                if plans.tracer is not None:
                    exchange.scope = scope
                if plans.edits:
                    _ask_for_plain_bytes(scope)
                await self.app(scope, receive, outbound.send)
                if outbound.refused is not None and not outbound.ended:
                    raise outbound.refused
            else:
                outbound.short_circuited_by = exchange.plugin
                await outbound.answer(response)
        except ClientLeft:
            outbound.aborted = True
        except Exception as error:
            if not await _settled(error, outbound):
                raise  # the server logs it, once

    async def _with_body(
        self, exchange: Exchange, scope: Scope, receive: Receive, outbound: Outbound
    ) -> tuple[PluginResponse | None, Scope, Receive]:
        """Run the body's phases, or set them up; return a plugin's response if one ended the request."""
        if not has_body(exchange.request):
            return None, scope, receive
        if exchange.plans.request_body is None:
            return None, *chunked(exchange, scope, receive, outbound)
        result = await run_body(exchange, scope, receive, self._max_body)
        return (result, scope, receive) if isinstance(result, PluginResponse) else (None, *result)


async def _settled(error: Exception, outbound: Outbound) -> bool:
    """Answer an error if that is still possible; return whether nobody needs to hear of it any more."""
    refused, outbound.refused = outbound.refused, None
    if outbound.replaced:
        return stems_from(error, (ResponseReplaced, *DECISIONS))
    if outbound.started:
        return False  # the connection is cut: a response that only stopped would pass for a whole one
    if outbound.aborted:
        return isinstance(error, DECISIONS)
    return await outbound.answer_error(error if refused is None else refused)


def _watching(receive: Receive, outbound: Outbound) -> Receive:
    """Return a `receive` that notices when the client leaves before its response has ended."""

    async def receive_watching() -> Message:
        message = await receive()
        if message["type"] == "http.disconnect" and not outbound.ended:
            outbound.aborted = True
        return message

    return receive_watching


def _ask_for_plain_bytes(scope: dict[str, Any]) -> None:
    """Ask the application for a response that plugins can read."""
    headers: RawHeaders = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
    scope["headers"] = [*headers, (b"accept-encoding", b"identity")]
    extensions = scope.get("extensions")
    if extensions:
        scope["extensions"] = {name: value for name, value in extensions.items() if name not in HIDDEN_EXTENSIONS}
