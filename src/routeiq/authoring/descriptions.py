"""What a plugin is, in values of JSON: its metadata, its hooks, the schema of its configuration, and its routes.

`describe` does it with a plugin that is imported already; `describe_all` is for `call_apart`, and imports it first.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from routeiq.core.errors import RouteIQError
from routeiq.core.json_schemas import config_schema
from routeiq.core.phases import load_phases
from routeiq.core.registration import Implementation, Inspected, inspect_plugin
from routeiq.core.version import host_version

from .apart import call_apart
from .errors import ToolkitError
from .field_tables import tables_of
from .targets import Target


def describe_target(target: Target, *, timeout: float = 60.0) -> list[dict[str, Any]]:
    """Return the descriptions of a target's plugins, made in a process of its own.

    Raises:
        ToolkitError: one of them cannot be imported or registered, with the reason; its name is not that of its entry
            point; or the process failed.
    """
    arguments = {"plugins": dict(target.plugins), "facts": dict(target.facts)}
    described: list[dict[str, Any]] = call_apart(
        "routeiq.authoring.descriptions:describe_all", arguments, paths=target.paths, timeout=timeout
    )
    for name, one in zip(target.plugins, described, strict=True):
        if one["name"] != name and not target.is_module:
            raise ToolkitError(
                f"the entry point is named {name!r} and metadata.name is {one['name']!r}: they must be equal"
            )
    return described


def describe_all(plugins: Mapping[str, str], facts: Mapping[str, str | None]) -> list[dict[str, Any]]:
    """Import plugins and return their descriptions, with the file that each came from.

    Args:
        plugins: What to import for each, by its entry point's name.
        facts: What their distribution's metadata says.

    Raises:
        ToolkitError: one of them cannot be imported or registered.
    """
    return [
        {
            **describe(load_plugin(reference), facts),
            "entry_point": name,
            "reference": reference,
            "source": getattr(sys.modules[reference.partition(":")[0].strip()], "__file__", None),
        }
        for name, reference in plugins.items()
    ]


def load_plugin(reference: str) -> Any:
    """Return what a reference names, `package.module` or `package.module:object`. Raises ToolkitError."""
    path, _, attribute = reference.partition(":")
    try:
        plugin: Any = importlib.import_module(path.strip())
        for part in filter(None, attribute.strip().split(".")):
            plugin = getattr(plugin, part)
    except BaseException as error:
        raise ToolkitError(f"importing {reference} failed: {type(error).__name__}: {error}") from error
    return plugin


def inspected_as_here(plugin: Any, facts: Mapping[str, str | None]) -> Inspected:
    """Return a plugin as this gateway would register it. Raises RegistrationError if it would refuse it."""
    return inspect_plugin(plugin, load_phases(), host_version(), facts)


def place_of(implementation: Implementation) -> tuple[str, int] | None:
    """Return the file and the line of a hook's function; None of one that is not written in Python."""
    code = getattr(inspect.unwrap(implementation.function), "__code__", None)
    return None if code is None else (code.co_filename, code.co_firstlineno)


def describe(plugin: Any, facts: Mapping[str, str | None], config: Any = None) -> dict[str, Any]:
    """Return what a plugin is.

    Args:
        plugin: A module, a class or an instance.
        facts: What its distribution's metadata says.
        config: What it is started with, if its routes have to be asked for; None: the defaults.

    Raises:
        ToolkitError: it cannot be registered.
    """
    try:
        inspected = inspected_as_here(plugin, facts)
    except RouteIQError as error:
        raise ToolkitError(str(error)) from error
    metadata = inspected.metadata
    routes = None
    if "register_routes" in inspected.implementations:
        from .openapi import routes_of  # brings the whole gateway along

        routes = routes_of(plugin, metadata, config)
    return {
        "name": metadata.name,
        "version": metadata.version,
        "metadata": metadata.model_dump(mode="json", exclude={"config_schema"}) | _sorted(metadata),
        "hooks": [_hook(implementation) for implementation in inspected.implementations.values()],
        "switched_off": list(inspected.switched_off),
        "optional_hooks": list(inspected.optional),
        "config_schema": config_schema(metadata.config_schema),
        "config_tables": [asdict(table) for table in tables_of(metadata.config_schema)],
        "routes": routes,
    }


def _sorted(metadata: Any) -> dict[str, list[str]]:
    """Return the sets of the metadata in an order that is always the same."""
    return {name: sorted(getattr(metadata, name)) for name in ("capabilities", "depends_on", "before", "after")}


def _hook(implementation: Implementation) -> dict[str, Any]:
    phase, options = implementation.phase, implementation.options
    file, line = place_of(implementation) or (None, None)
    return {
        "name": phase.name,
        "kind": phase.kind,
        "layer": phase.layer,
        "direction": "outbound" if phase.outbound else "inbound",
        "arguments": list(implementation.arguments),
        "async": implementation.is_async,
        "wrapper": implementation.is_wrapper,
        "offload": bool(options.get("offload")),
        "timeout": options.get("timeout"),
        "file": file,
        "line": line,
        "about": (inspect.getdoc(implementation.function) or "").partition("\n")[0],
    }
