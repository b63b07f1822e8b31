"""Which route a request takes: one of few, where paths are of any number. It names spans and labels metrics."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from starlette.routing import Mount

from routeiq.core.dialects import DIALECTS
from routeiq.core.logging import Activity

RouteOf = Callable[[Activity], str | None]

MODELS: Final = "/v1/models"
OWN: Final = frozenset({MODELS, *(f"/v1{dialect.path}" for dialect in DIALECTS.values())})
_CONVERTOR = re.compile(r":\w+}")


def gateway_route(exchange: Activity) -> str | None:
    """Return the route of a request to the gateway: one of its own, or of those that plugins contribute."""
    path = "" if exchange.request is None else exchange.request.path
    if path in OWN:
        return path
    if path.startswith(f"{MODELS}/"):
        return f"{MODELS}/{{model}}"
    if path.startswith("/a2a/"):
        return "/a2a/{agent}"
    if path.startswith("/mcp/") and path.count("/") == 2:
        return "/mcp/{server}"
    return matching(() if exchange.plans is None else exchange.plans.routes, path)


def matching(routes: Iterable[Any], path: str) -> str | None:
    """Return the first route that a path takes, its parameters by their names alone: `/v1/models/{model}`."""
    for route in routes:
        pattern = getattr(route, "path_regex", None)
        if pattern is not None and pattern.match(path):
            written = f"{route.path}/{{path}}" if isinstance(route, Mount) else route.path
            return _CONVERTOR.sub("}", written)
    return None
