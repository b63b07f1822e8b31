"""The plugin `authorization`: who, by the principal that authentication found, may do what.

Rules about paths and methods alone are judged at `request`; where a rule names models, the call is judged once more,
at `llm_pre_call`, when its model is known. So nothing that only a rule about models could permit gets past it.
"""

from __future__ import annotations

from routeiq_plugin_sdk import (
    LLMCall,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    PluginRequest,
    Principal,
    Reject,
    hookimpl,
)

from .config import Config
from .rules import Verdict

metadata = PluginMetadata(
    name="authorization",
    capabilities={PluginCapability.MIDDLEWARE},
    config_schema=Config,
    enabled_by_default=False,
    priority=150,
    failure_mode="abort",  # a check that fails must not let anybody in
    gateway_compat=">=0.1,<1",
)


@hookimpl.request
def request(request: PluginRequest, context: PluginContext) -> None:
    """Judge the request by its path and method. Raises Reject."""
    config: Config = context.config
    _decide(config.judge.request(request.principal, request.method, request.path), request.principal, context)


@hookimpl.llm_pre_call(tryfirst=True)
def llm_pre_call(call: LLMCall, model: str, context: PluginContext) -> None:
    """Judge the call by its model, first: what may not be called needs no guard. Raises Reject."""
    if call.origin is not None:
        return  # the request of a plugin, which the operator has installed, and not a client's
    config: Config = context.config
    request = call.request
    method, path = (request.method, request.path) if request is not None else (None, None)
    _decide(config.judge.call(call.principal, method, path, {call.model, model}), call.principal, context)


def _decide(verdict: Verdict, principal: Principal | None, context: PluginContext) -> None:
    counted = context.metrics.counter("decisions", "Requests and calls, by the rule that decided.", ["rule", "outcome"])
    counted.inc(rule=verdict.rule or "none", outcome="allowed" if verdict.allowed else "denied")
    if verdict.allowed:
        return
    context.logger.info("denied", principal=principal.id if principal else None, rule=verdict.rule)
    if principal is None:
        headers = {"www-authenticate": "Bearer"}
        raise Reject(401, "This needs authentication.", "unauthenticated", headers)
    raise Reject(403, "You may not do this: ask the operator of the gateway for permission.", "not_authorized")
