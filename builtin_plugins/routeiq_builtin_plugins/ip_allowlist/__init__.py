"""The plugin `ip-allowlist`: refuses clients by the networks that they come from.

It judges as early as it is asked: an instance without a scope, or narrowed to paths, before anybody authenticates; one
that is narrowed to keys or models once these are known.
"""

from __future__ import annotations

from routeiq_plugin_sdk import (
    LLMCall,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    PluginRequest,
    Reject,
    hookimpl,
)

from .config import Config

metadata = PluginMetadata(
    name="ip-allowlist",
    description="Refuses clients by the networks that they come from.",
    capabilities={PluginCapability.MIDDLEWARE},
    config_schema=Config,
    enabled_by_default=False,
    priority=5,  # before whatever costs more, pre-flights and authentication included
    failure_mode="abort",  # a check that fails must not let anybody in
    gateway_compat=">=0.1,<1",
)


@hookimpl.rewrite
def rewrite(request: PluginRequest, context: PluginContext) -> None:
    """Judge the client, first of all. Raises Reject."""
    _judge(request, context)


@hookimpl.request
def request(request: PluginRequest, context: PluginContext) -> None:
    """Judge it for the path that the request was rewritten to, or for whom it is of. Raises Reject."""
    _judge(request, context)


@hookimpl.llm_pre_call(tryfirst=True)
def llm_pre_call(call: LLMCall, context: PluginContext) -> None:
    """Judge it for the model that it calls. Raises Reject."""
    if call.request is not None and call.origin is None:
        _judge(call.request, context)


def _judge(request: PluginRequest, context: PluginContext) -> None:
    config: Config = context.config
    if config.gate.admits(request.client):
        return
    context.metrics.counter("refusals", "Requests and calls that were refused for where they came from.").inc()
    context.logger.info("refused", client=request.client.host if request.client is not None else None)
    raise Reject(403, "Requests from this address are not allowed here.", "address_not_allowed")
