"""What plugins' routes add to an OpenAPI document (version 3.1).

Paths and methods are those of the routes. What else there is to say stands in the docstring of the function that
answers: its first line is the summary, and what follows a line `---` is an Operation Object in YAML, as in Starlette's
own schema generator.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import yaml
from routeiq_plugin_sdk import PluginMetadata
from routeiq_plugin_sdk.testing import PluginTestHarness
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.schemas import BaseSchemaGenerator

from .errors import ToolkitError

_PARAMETER: Final = re.compile(r"{(\w+)(?::(\w+))?}")
_SCHEMAS: Final[Mapping[str | None, Mapping[str, str]]] = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "uuid": {"type": "string", "format": "uuid"},
}
_TEXT: Final[Mapping[str, str]] = {"type": "string"}


def routes_of(plugin: Any, metadata: PluginMetadata, config: Any = None) -> dict[str, Any]:
    """Start a plugin as its tests do, without a network, and return what its routes are.

    Args:
        plugin: With a hook `register_routes`.
        config: Its configuration; None: the defaults.

    Returns:
        `paths`, as OpenAPI has them; `websockets`, the paths of those; and `problem`, why there is nothing to tell.
    """
    try:
        routes = asyncio.run(_registered(plugin, metadata, config))
        return {"paths": paths_of(routes), "websockets": websockets_of(routes), "problem": None}
    except Exception as error:  # noqa: BLE001 - foreign code: whatever it raises is why its routes are not known
        return {"paths": {}, "websockets": [], "problem": f"{type(error).__name__}: {error}"}


async def _registered(plugin: Any, metadata: PluginMetadata, config: Any) -> Sequence[Any]:
    async with PluginTestHarness(plugin, config=config) as harness:
        routes: Sequence[Any] = harness.manager.plugin(metadata.name).routes
        return routes


def document(title: str, version: str | None, paths: Mapping[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI document."""
    return {"openapi": "3.1.0", "info": {"title": title, "version": version or "0"}, "paths": dict(paths)}


def websockets_of(routes: Sequence[Any]) -> list[str]:
    """Return the paths of WebSockets, of which OpenAPI has no word."""
    return [_PARAMETER.sub(r"{\1}", route.path) for route in routes if isinstance(route, WebSocketRoute)]


def paths_of(routes: Sequence[Any]) -> dict[str, Any]:
    """Return the Paths Object for Starlette's routes; those of other kinds are passed over.

    Raises:
        ToolkitError: the YAML in a docstring cannot be read.
    """
    paths: dict[str, Any] = {}
    converters = dict(_converters(routes))
    for path, method, function in BaseSchemaGenerator().get_endpoints(list(_starlettes(routes))):
        operation = _operation(function)
        known = {part.get("name") for part in operation.get("parameters", ())}
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": dict(converters.get((path, name), _TEXT))}
            for name, _ in _PARAMETER.findall(path)
            if name not in known
        ]
        if parameters:
            operation["parameters"] = [*parameters, *operation.get("parameters", ())]
        operation.setdefault("responses", {"default": {"description": "The answer"}})
        paths.setdefault(path, {})[method] = operation
    return {path: dict(sorted(methods.items())) for path, methods in sorted(paths.items())}


def _starlettes(routes: Sequence[Any]) -> Iterator[BaseRoute]:
    return (route for route in routes if isinstance(route, BaseRoute))


def _converters(routes: Sequence[Any], before: str = "") -> Iterator[tuple[tuple[str, str], Mapping[str, str]]]:
    """Yield the schema of each parameter of a path that is not simply a text, by path and name."""
    for route in routes:
        path = before + getattr(route, "path", "")
        for name, kind in _PARAMETER.findall(path):
            if kind in _SCHEMAS:
                yield (_PARAMETER.sub(r"{\1}", path), name), _SCHEMAS[kind]
        yield from _converters(getattr(route, "routes", None) or (), path)


def _operation(function: Callable[..., Any]) -> dict[str, Any]:
    raw = function.__doc__ or ""
    found = re.search(r"^\s*---\s*$", raw, re.MULTILINE)
    text, written = (raw[: found.start()], raw[found.end() :]) if found else (raw, "")
    try:
        operation = yaml.safe_load(written) or {}
    except yaml.YAMLError as error:
        raise ToolkitError(f"the docstring of {function.__qualname__} has YAML that cannot be read: {error}") from None
    if not isinstance(operation, dict):
        raise ToolkitError(f"the docstring of {function.__qualname__} has no mapping after its line ---")
    summary = text.strip().partition("\n")[0]
    return {"summary": summary, **operation} if summary else operation
