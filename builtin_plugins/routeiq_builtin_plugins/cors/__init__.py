"""The plugin `cors`: lets pages of other origins call the gateway, by the CORS protocol of the Fetch standard.

Browsers send pre-flights without credentials: they are answered before anybody authenticates. Every other response gets
its headers on the way out, refusals of other plugins and event streams included.
"""

from __future__ import annotations

from routeiq_plugin_sdk import (
    PluginCapability,
    PluginContext,
    PluginMetadata,
    PluginRequest,
    PluginResponse,
    ResponseMetadata,
    hookimpl,
)

from .config import Config

metadata = PluginMetadata(
    name="cors",
    description="Lets pages of other origins call the gateway, by the CORS protocol of the Fetch standard.",
    capabilities={PluginCapability.MIDDLEWARE},
    config_schema=Config,
    enabled_by_default=False,
    priority=10,  # first inbound, so that a pre-flight is answered at once; last outbound, so that its word counts
    gateway_compat=">=0.1,<1",
)


@hookimpl.rewrite
def rewrite(request: PluginRequest, context: PluginContext) -> PluginResponse | None:
    """Answer a pre-flight."""
    if request.method != "OPTIONS":
        return None
    config: Config = context.config
    answer = config.policy.preflight(request)
    if answer is not None:
        told = "allowed" if answer.status_code == 204 else "refused"
        context.metrics.counter("preflights", "Pre-flights, by how they were answered.", ["outcome"]).inc(outcome=told)
    return answer


@hookimpl.response_headers
def response_headers(
    request: PluginRequest, response: ResponseMetadata, context: PluginContext
) -> ResponseMetadata | None:
    """Return the response with the headers by which a browser lets the page read it."""
    config: Config = context.config
    return config.policy.applied(request, response)
