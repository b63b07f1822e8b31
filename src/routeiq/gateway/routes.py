"""Which route a request takes: one of few, where paths are of any number. It names spans and labels metrics."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from routeiq_plugin_sdk import PluginRequest
from starlette.routing import Mount

from routeiq.core.dialects import DIALECTS
from routeiq.core.manager import PluginManager

RouteOf = Callable[[PluginRequest], str | None]

MODELS: Final = "/v1/models"
OWN: Final = frozenset({MODELS, *(f"/v1{dialect.path}" for dialect in DIALECTS.values())})
REMEMBERED: Final = 1024
"""Paths whose route is remembered: clients choose them."""
_CONVERTOR = re.compile(r":\w+}")


def gateway_route(manager: PluginManager) -> RouteOf:
    """Return what knows the gateway's own routes, and those that a manager's plugins contribute."""

    def route_of(request: PluginRequest) -> str | None:
        path = request.path
        if path in OWN:
            return path
        if path.startswith(f"{MODELS}/"):
            return f"{MODELS}/{{model}}"
        return matching(manager.plans.routes, path)

    return route_of


def application_route(application: Any) -> RouteOf:
    """Return what knows the routes of an application of Starlette's or FastAPI's, however many they are."""

    @functools.lru_cache(REMEMBERED)
    def remembered(path: str) -> str | None:
        return matching(application.routes, path)

    def route_of(request: PluginRequest) -> str | None:
        return remembered(request.path)

    return route_of


def matching(routes: Iterable[Any], path: str) -> str | None:
    """Return the first route that a path takes, its parameters by their names alone: `/v1/models/{model}`."""
    for route in routes:
        pattern = getattr(route, "path_regex", None)
        if pattern is not None and pattern.match(path):
            written = f"{route.path}/{{path}}" if isinstance(route, Mount) else route.path
            return _CONVERTOR.sub("}", written)
    return None
