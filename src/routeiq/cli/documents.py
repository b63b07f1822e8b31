"""`routeiq plugin docs`: pages about plugins and the whole gateway, made from what they say of themselves."""

from __future__ import annotations

import json as jsons
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .found import ConfigOption, find_plugins, load_settings
from .output import USED_WRONGLY, fail, failures_told
from .plugin import unknown

if TYPE_CHECKING:
    from routeiq.authoring.pages import Documented
    from routeiq.core.manager import PluginManager
    from routeiq.core.records import PluginRecord


class Format(StrEnum):
    """What pages are written in."""

    MARKDOWN = "markdown"
    HTML = "html"
    OPENAPI = "openapi"


def docs(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME|PATH]", help="A plugin's name, or a project, wheel or module.")
    ] = None,
    all_plugins: Annotated[
        bool, typer.Option("--all", help="The whole gateway: all plugins, and their order.")
    ] = False,
    format: Annotated[
        Format, typer.Option(help="markdown, html (a page of its own), or openapi: the plugins' routes, as JSON.")
    ] = Format.MARKDOWN,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where it is written; by default here.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Write a page about a plugin, or about all plugins of the gateway and the order in which it calls them.

    It is made from metadata, from the schema of the configuration, and from the hooks; routes are asked for from a
    plugin that is started without a network, with the configuration that it has here. What a path leads to need not
    be installed.

    Examples:
      routeiq plugin docs hello > hello.md
      routeiq plugin docs ./my-guardrails --format html --output my-guardrails.html
      routeiq plugin docs --all --format html --output plugins.html
      routeiq plugin docs --all --format openapi | jq .paths
    """
    if (name is None) is not all_plugins:
        fail("name one plugin, or say --all", USED_WRONGLY)
    with failures_told():
        manager = find_plugins(load_settings(config))
        if name is None:
            plugins = [_documented(record, manager) for record in manager.records.values()]
        elif name in manager.records:
            plugins = [_documented(manager.records[name], manager)]
        elif Path(name).exists():
            plugins = _documented_from(name)
        else:
            fail(unknown(name, manager), USED_WRONGLY)
        text = _written(plugins, manager, all_plugins, format)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{output} cannot be written: {error}")


def _written(plugins: list[Documented], manager: PluginManager, whole: bool, format: Format) -> str:
    from routeiq.authoring.html_pages import html_page
    from routeiq.authoring.openapi import document
    from routeiq.authoring.pages import active, gateway_page, paths_of_all, plugin_page

    if format is Format.OPENAPI:
        if whole:
            made = document("Routes of plugins", None, paths_of_all(active(plugins)))
        else:
            made = document(plugins[0].name, plugins[0].record["version"], paths_of_all(plugins))
        return jsons.dumps(made, indent=2, ensure_ascii=False) + "\n"
    hooks = manager.hooks()
    page = gateway_page(plugins, hooks) if whole else "\n".join(plugin_page(one, hooks) for one in plugins)
    title = "Plugins of the gateway" if whole else ", ".join(one.name for one in plugins)
    return html_page(title, page) if format is Format.HTML else page


def _documented(record: PluginRecord, manager: PluginManager) -> Documented:
    from routeiq.authoring.descriptions import describe
    from routeiq.authoring.pages import Documented

    if record.plugin is None or record.metadata is None:
        return Documented(record.to_dict(), None)
    facts = {
        name: getattr(record.metadata, name) for name in ("version", "description", "homepage", "license", "author")
    }
    return Documented(record.to_dict(), describe(record.plugin, facts, _config(record, manager)))


def _documented_from(path: str) -> list[Documented]:
    """Return the plugins that a path leads to, looked at in a process of their own."""
    from routeiq.authoring.descriptions import describe_target
    from routeiq.authoring.pages import Documented
    from routeiq.authoring.targets import find_target

    target = find_target(path)
    return [Documented.apart(described, target.distribution) for described in describe_target(target)]


def _config(record: PluginRecord, manager: PluginManager) -> Any:
    """Return the configuration that a plugin has here; None, for the defaults, if it is wrong."""
    from routeiq.core.config import load_config
    from routeiq.core.errors import ConfigurationError

    assert record.metadata is not None
    try:
        loaded = load_config(record.name, record.metadata.config_schema, manager.settings, tuple(manager.records))
    except ConfigurationError:
        return None
    return loaded.value
