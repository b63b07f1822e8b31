"""Contributions: what a plugin adds to the host, as values that come and go with the plugin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .context import PluginContext
from .markers import hookspec
from .metadata import PluginCapability


@hookspec(
    kind="collect",
    layer="contributions",
    requires=frozenset({PluginCapability.ROUTES}),
    returns=(list, tuple),
    native=True,
    until="routing",
)
def register_routes(context: PluginContext) -> Sequence[Any] | None:
    """Add HTTP or WebSocket routes to the host.

    Fires once after `startup`, in plugin order; must be a `def`. The routes are part of the plans: they appear and
    disappear with the plugin, and requests to them run through all phases. The gateway's own routes come first, then
    those of plugins in their order.

    Returns:
        Routes as Starlette has them: objects with `matches(scope)` and `handle(scope, receive, send)`.

    Failure: by the plugin's failure mode, as in `startup`. New in 0.1.
    """
