"""The inbound phases that requests and WebSocket handshakes share: rewrite, authenticate, request."""

from __future__ import annotations

from urllib.parse import quote

from routeiq_plugin_sdk import Headers, PluginRequest, PluginResponse, Principal

from routeiq.core.errors import AuthenticationFailed

from .exchange import Exchange
from .refusal import Refusal
from .types import Scope


async def run_inbound(exchange: Exchange) -> PluginResponse | None:
    """Run the phases before the body; return the response with which a plugin ended the request.

    Raises:
        Reject, PluginAborted: from a phase.
        Refusal: 401, if authentication is required and nobody knows the client.
    """
    plans, activity = exchange.plans, exchange.activity
    plan = plans.rewrite
    if plan is not None:
        result = plan.call(exchange.request, activity)
        exchange.request = await result if plan.is_async else result
    if plans.authenticates or plans.authenticate is not None:
        response = await _authenticate(exchange)
        if response is not None:
            return response
    plan = plans.request
    if plan is not None:
        result = plan.call(exchange.request, activity)
        answer: PluginResponse | None = await result if plan.is_async else result
        return answer
    return None


async def _authenticate(exchange: Exchange) -> PluginResponse | None:
    plan, result = exchange.plans.authenticate, None
    if plan is not None:
        try:
            result = plan.call(exchange.request, exchange.activity)
            if plan.is_async:
                result = await result
        except AuthenticationFailed as error:
            raise _unauthenticated() from error
    if isinstance(result, Principal):
        exchange.request = exchange.request.replace(principal=result)
        return None
    if isinstance(result, PluginResponse):
        return result
    if exchange.plans.authenticates:
        raise _unauthenticated()
    return None


def _unauthenticated() -> Refusal:
    headers = Headers(((b"www-authenticate", b"Bearer"),))
    return Refusal(401, "The request carries no credentials that are known here.", "unauthenticated", headers)


def rewritten(scope: Scope, before: PluginRequest, after: PluginRequest) -> Scope:
    """Return the scope that the application gets after `rewrite`."""
    if after is before:
        return scope
    changes = {
        "path": after.path,
        "raw_path": quote(after.path, safe="/%:@!$&'()*+,;=~-._").encode("latin-1", "replace"),
        "query_string": after.query_string,
        "headers": list(after.headers.raw),
    }
    if scope["type"] == "http":
        changes["method"] = after.method
    return {**scope, **changes}
