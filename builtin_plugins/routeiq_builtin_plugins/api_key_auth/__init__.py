"""The plugin `api-key-auth`: says who makes a request by the API key that it shows.

It has an opinion only about keys that it knows: for any other request the next provider of identities is asked, and
when none knows the client the host answers 401. A key that it knows and that is out of date is refused at once.
"""

from __future__ import annotations

import time

from routeiq_plugin_sdk import (
    PluginCapability,
    PluginContext,
    PluginMetadata,
    PluginRequest,
    Principal,
    Reject,
    hookimpl,
)

from .config import Config
from .credentials import shown_keys

metadata = PluginMetadata(
    name="api-key-auth",
    capabilities={PluginCapability.AUTH_PROVIDER},
    config_schema=Config,
    enabled_by_default=False,
    priority=100,
    gateway_compat=">=0.1,<1",
)


@hookimpl.authenticate
def authenticate(request: PluginRequest, context: PluginContext) -> Principal | None:
    """Return whose key the request shows. Raises Reject for a key that is out of date."""
    config: Config = context.config
    seen = context.metrics.counter("requests", "Requests, by what became of the key that they show.", ["outcome"])
    outcome = "missing"
    for key in shown_keys(request.headers, config):
        found = config.ring.find(key)
        if found is None:
            outcome = "unknown"
        elif found.expired(time.time()):
            outcome = "expired"
        else:
            seen.inc(outcome="known")
            return found.principal
    seen.inc(outcome=outcome)
    if outcome == "expired":
        headers = {"www-authenticate": 'Bearer error="invalid_token"'}
        raise Reject(401, "The API key is out of date: ask for a new one.", "expired_api_key", headers)
    return None
