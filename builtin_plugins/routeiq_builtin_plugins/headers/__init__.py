"""The plugin `headers`: takes away, sets and adds headers of requests and responses."""

from __future__ import annotations

from routeiq_plugin_sdk import (
    PluginCapability,
    PluginContext,
    PluginMetadata,
    PluginRequest,
    ResponseMetadata,
    hookimpl,
)

from .config import Config
from .edits import Edits

metadata = PluginMetadata(
    name="headers",
    description="Takes away, sets and adds headers of requests and responses.",
    capabilities={PluginCapability.MIDDLEWARE},
    config_schema=Config,
    enabled_by_default=False,
    priority=50,
    gateway_compat=">=0.1,<1",
)


def edits(context: PluginContext) -> Edits:
    """Return the edits of a context's configuration, made once for each configuration."""
    made: Edits | None = context.shared.get("edits")
    if made is None or made.config is not context.config:
        made = context.shared["edits"] = Edits(context.config)
    return made


@hookimpl.rewrite
def rewrite(request: PluginRequest, context: PluginContext) -> PluginRequest | None:
    """Return the request with its headers changed."""
    edit = edits(context).request
    return request.replace(headers=edit.apply(request.headers, request)) if edit else None


@hookimpl.response_headers
def response_headers(
    request: PluginRequest, response: ResponseMetadata, context: PluginContext
) -> ResponseMetadata | None:
    """Return the response with its headers changed."""
    edit = edits(context).response
    if not edit:
        return None
    headers = edit.apply(response.headers, request)
    return ResponseMetadata(response.status_code, headers, response.short_circuited_by, response.aborted)
