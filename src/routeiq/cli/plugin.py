"""`routeiq plugin list` and `routeiq plugin show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .found import ConfigOption, JSONOption, find_plugins, load_settings
from .output import USED_WRONGLY, fail, failures_told, print_json, print_table

if TYPE_CHECKING:
    from routeiq.core.manager import PluginManager
    from routeiq.core.records import PluginRecord


def list_plugins(config: ConfigOption = None, json: JSONOption = False) -> None:
    """List every plugin that was found, and what became of it.

    Nothing is started: what only shows at a plugin's start is not seen here.

    Examples:
      routeiq plugin list
      routeiq plugin list --json | jq '.plugins[] | select(.state != "active")'
      ROUTEIQ_PLUGINS_ALLOWLIST=hello routeiq plugin list
    """
    with failures_told():
        records = find_plugins(load_settings(config)).records.values()
        if json:
            print_json({"plugins": [record.to_dict() for record in records]})
            return
        print_table(
            ("NAME", "VERSION", "STATE", "PRIORITY", "HOOKS", "REASON"),
            [
                (
                    record.name,
                    record.version or "",
                    record.state.value,
                    str(record.priority),
                    ", ".join(record.hooks),
                    record.reason,
                )
                for record in records
            ],
            "No plugin is installed. `pip install` a distribution that has one, or name a module in ROUTEIQ_PLUGINS.",
        )


def show_plugin(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `routeiq plugin list` shows it.")],
    config: ConfigOption = None,
    json: JSONOption = False,
) -> None:
    """Show all that is known of one plugin: state, order, hooks, and how it can be configured.

    Examples:
      routeiq plugin show hello
      routeiq plugin show hello --json | jq .config_schema
    """
    with failures_told():
        manager = find_plugins(load_settings(config))
        record = manager.records.get(name)
        if record is None:
            fail(unknown(name, manager), USED_WRONGLY)
        shown = _shown(record, manager)
        if json:
            print_json(shown)
        else:
            _print(shown)


def unknown(name: str, manager: PluginManager) -> str:
    """Return what to say of a plugin that there is not."""
    from routeiq.core.instances import hint_for

    hint = hint_for(name, manager.records) or "; `routeiq plugin list` shows the names"
    return f"there is no plugin {name!r}{hint}"


def _shown(record: PluginRecord, manager: PluginManager) -> dict[str, Any]:
    from routeiq.core.json_schemas import config_schema

    metadata = record.metadata
    schema = metadata.config_schema if metadata is not None else None
    sources, problems = _configuration(record, manager)
    return {
        **record.to_dict(),
        "metadata": {} if metadata is None else metadata.model_dump(mode="json", exclude={"config_schema"}),
        "config_schema": {} if schema is None else config_schema(schema),
        "config_sources": sources,
        "config_problems": problems,
    }


def _configuration(record: PluginRecord, manager: PluginManager) -> tuple[dict[str, str], list[str]]:
    """Return where each field of the configuration comes from, and what is wrong with it."""
    from routeiq.core.config import load_config
    from routeiq.core.errors import ConfigurationError

    if record.metadata is None:
        return {}, []
    try:
        loaded = load_config(record.name, record.metadata.config_schema, manager.settings, tuple(manager.records))
    except ConfigurationError as error:
        return {}, [str(problem) for problem in error.problems]
    return dict(loaded.sources), []


def _print(shown: dict[str, Any]) -> None:
    lines = [
        ("name", shown["name"]),
        ("instance of", shown["instance_of"]),
        ("state", f"{shown['state']}: {shown['reason']}" if shown["reason"] else shown["state"]),
        ("version", shown["version"] or "unknown"),
        ("from", shown["distribution"] or shown["source"]),
        ("about", shown["metadata"].get("description") or ""),
        ("mode", f"{shown['mode']}, on failure {shown['failure_mode']}"),
        ("priority", str(shown["priority"])),
        *((f"when {part}", _told(values)) for part, values in (shown["when"] or {}).items()),
        *((field.replace("_", " "), ", ".join(shown[field])) for field in ("depends_on", "before", "after")),
        *((field.replace("_", " "), ", ".join(shown[field])) for field in ("capabilities", "hooks", "inactive_hooks")),
        *(("problem", problem) for problem in shown["config_problems"]),
    ]
    for label, text in lines:
        if text:
            typer.echo(f"{label:14}  {text}")
    from routeiq.authoring.schema_words import type_of

    properties = shown["config_schema"].get("properties", {})
    if properties:
        typer.echo("\nconfiguration")
        print_table(
            ("FIELD", "TYPE", "FROM", "MEANING"),
            [
                (name, type_of(field), shown["config_sources"].get(name, ""), str(field.get("description", "")))
                for name, field in properties.items()
            ],
            "",
        )


def _told(values: Any) -> str:
    """Return a part of a scope as a person would write it."""
    if isinstance(values, dict):
        return "; ".join(f"{name}: {_told(inner)}" for name, inner in values.items())
    return values if isinstance(values, str) else ", ".join(values)
