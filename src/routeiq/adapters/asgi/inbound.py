"""The inbound phases that requests and WebSocket handshakes share: rewrite, authenticate, request."""

from __future__ import annotations

from urllib.parse import quote

from routeiq_plugin_sdk import Headers, PluginRequest, PluginResponse, Principal

from routeiq.core.dispatch import fire
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
    response = await identify(exchange)
    if response is None:
        response = await fire(exchange.plans.request, exchange.request, exchange)
    return response


async def identify(exchange: Exchange) -> PluginResponse | None:
    """Run `rewrite` and `authenticate`, and choose the plans for what follows; raises as `run_inbound` does."""
    plans = exchange.plans
    scopes = plans.scopes
    if plans.rewrite is not None:
        before = exchange.request
        result: PluginRequest | PluginResponse = await fire(plans.rewrite, before, exchange)
        if isinstance(result, PluginResponse):
            return result
        exchange.request = result
        if scopes is not None and exchange.request is not before:
            # Before anybody authenticates: who rewrites a path must not lead around what is narrowed to the new one.
            plans = exchange.plans = scopes.at_entry(exchange.request)
    response = None
    if plans.authenticates or plans.authenticate is not None:
        response = await _authenticate(exchange)
    if scopes is not None and response is None:
        exchange.plans = scopes.identified(plans, exchange.request)
    return response


async def _authenticate(exchange: Exchange) -> PluginResponse | None:
    plan, result = exchange.plans.authenticate, None
    if plan is not None:
        try:
            result = plan.call(exchange.request, exchange)
            if plan.is_async:
                result = await result
        except AuthenticationFailed as error:
            raise _unauthenticated(error.plugin) from error
    if isinstance(result, Principal):
        exchange.request = exchange.request.replace(principal=result)
        return None
    if isinstance(result, PluginResponse):
        return result
    if exchange.plans.authenticates:
        raise _unauthenticated()
    return None


def _unauthenticated(plugin: str | None = None) -> Refusal:
    headers = Headers(((b"www-authenticate", b"Bearer"),))
    return Refusal(401, "The request carries no credentials that are known here.", "unauthenticated", headers, plugin)


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
