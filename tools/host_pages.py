"""Fill the reference pages of settings, commands, the admin API, metrics and telemetry from the host itself.

mkdocs.yml names this module as a hook: it replaces a marker in a page, `<!-- made from: settings -->`, by what the code
says, so that the pages cannot drift.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click
import typer.main

from routeiq import PluginManager
from routeiq.admin.openapi import openapi
from routeiq.admin.table import table_of
from routeiq.authoring.field_tables import markdown_table, tables_of
from routeiq.authoring.registry_entries import RegistryEntry
from routeiq.authoring.schema_words import type_of
from routeiq.cli.application import application
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.app import Gateway
from routeiq.gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from mkdocs.structure.pages import Page


def settings() -> str:
    """Return the tables of all settings, one for each section of the file."""
    lines: list[str] = []
    for table in tables_of(GatewaySettings):
        rows = [(f"`{row.name}`", row.default, row.about.replace("<", "&lt;")) for row in table.rows]
        lines += [f"### `{table.path}`" if table.path else "### The file", ""]
        lines += markdown_table(("key", "default", ""), rows)
    return "\n".join(lines)


def registry() -> str:
    """Return the tables of the document that tells registries of a distribution."""
    lines: list[str] = []
    for table in tables_of(RegistryEntry):
        lines += [f"## `{table.path}`" if table.path else "## The document", ""]
        lines += markdown_table(("field", "type", ""), ((f"`{row.name}`", row.type, row.about) for row in table.rows))
    return "\n".join(lines)


def command_line() -> str:
    """Return the help of every command."""
    return "\n".join(_helps(typer.main.get_command(application()), click.Context(click.Command("routeiq"))))


def _helps(command: Any, parent: click.Context, name: str = "routeiq") -> Iterator[str]:
    context = type(parent)(command, info_name=name, terminal_width=100)
    commands = getattr(command, "commands", {})
    if not commands or name == "routeiq":
        yield from (f"## `{name}`", "", "```text", command.get_help(context).rstrip(), "```", "")
    for part, nested in commands.items():
        yield from _helps(nested, parent, f"{name} {part}")


def prometheus() -> str:
    """Return the table of all metrics that `/metrics` of a gateway tells, those of its plugins left out."""
    gateway = Gateway(GatewaySettings(), PluginManager(ManagerSettings()), MemoryState())
    families = asyncio.run(gateway.figures.taken()).families
    lines = ["| metric | type | labels | |", "| --- | --- | --- | --- |"]
    for name, family in sorted(families.items()):
        shown = f"{name}_total" if family.kind == "counter" else name
        labels = ", ".join(f"`{label}`" for label in family.labels)
        lines.append(f"| `{shown}` | {family.kind} | {labels} | {family.help} |")
    return "\n".join(lines)


def admin_api() -> str:
    """Return the operations of the admin API and the documents that they answer, from its OpenAPI document."""
    gateway = Gateway(GatewaySettings(), PluginManager(ManagerSettings()), MemoryState())
    table = table_of(gateway.control, gateway.figures.hooks, asyncio.Event(), "routeiq.yaml", "/admin")
    document = openapi(table.operations, "/admin")
    lines = ["## Operations", ""]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            lines += _operation(f"{method.upper()} {path}", operation)
    lines += ["## Documents", "", "Later versions may have further fields.", ""]
    for name, schema in document["components"]["schemas"].items():
        lines += [f"### {name}", "", schema["description"], "", "| field | type | |", "| --- | --- | --- |"]
        for field, part in schema["properties"].items():
            lines.append(f"| `{field}` | {_json_type(part)} | {part.get('description', '')} |")
        lines.append("")
    return "\n".join(lines)


def _operation(title: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"### `{title}`", "", f"{operation['summary']}. {operation['description']}".strip(), "")
    yield from ("| | | |", "| --- | --- | --- |")
    for part in operation["parameters"]:
        schema = part["schema"]
        bounds = f", {schema['minimum']} to {schema['maximum']}" if schema.get("maximum", 2**60) < 2**60 else ""
        yield f"| `{part['name']}` | {part['in']}{bounds} | {part['description']} |"
    for media_type in operation.get("requestBody", {}).get("content", ()):
        yield f"| body | `{media_type}` | {operation['requestBody']['description']} |"
    for status, answer in operation["responses"].items():
        if status in ("401", "429"):  # which any request may get: the page says so once
            continue
        kinds = [_json_type(content["schema"]) for content in answer.get("content", {}).values()]
        yield f"| {status} | {', '.join(kinds) if status == '200' else ''} | {answer['description']} |"
    yield ""


def _json_type(schema: Mapping[str, Any]) -> str:
    """Return a JSON Schema's type in words; a document by its name."""
    return type_of(schema, named=lambda name: f"[{name}](#{name.lower()})", value=lambda value: f"`{value}`")


def attributes() -> str:
    """Return a table of OpenTelemetry's attributes for each kind of span or event. Needs `routeiq[otel]`."""
    from routeiq.adapters.opentelemetry import names

    places = {
        "request": "The span of a request",
        "call": "The span of an LLM call",
        "remote": "The span of a call of a tool or an agent",
        "hook": f"What a plugin's hook did: the event `{names.HOOK_EVENT}`, or a span",
        "attempt": f"An attempt that failed: the event `{names.ATTEMPT_FAILED_EVENT}` of a call",
        "held": f"What a window held back: the event `{names.HELD_EVENT}` of a call",
        "evaluation": "What an evaluator says: the span `evaluate <plugin>`, below that of the call",
        "resource": "The resource, beside OpenTelemetry's own",
    }
    lines = []
    for place, title in places.items():
        rows = [f"| `{one.name}` | {one.meaning} |" for one in names.ATTRIBUTES if place in one.places]
        lines += [f"### {title}", "", "| attribute | |", "| --- | --- |", *rows, ""]
    return "\n".join(lines)


def metrics() -> str:
    """Return a table of OpenTelemetry's metrics. Needs `routeiq[otel]`."""
    from routeiq.adapters.opentelemetry.names import METRICS

    lines = ["| metric | | | attributes |", "| --- | --- | --- | --- |"]
    for one in METRICS:
        labels = ", ".join(f"`{name}`" for name in one.attributes)
        lines.append(f"| `{one.name}` | {one.kind}, {one.unit} | {one.meaning} | {labels} |")
    return "\n".join(lines)


MADE: dict[str, Callable[[], str]] = {
    "settings": settings,
    "command line": command_line,
    "admin api": admin_api,
    "attributes": attributes,
    "metrics": metrics,
    "prometheus": prometheus,
    "registry": registry,
}


def on_page_markdown(markdown: str, *, page: Page, **_: Any) -> str:
    """Replace the markers in a page; mkdocs calls it. Raises KeyError for a marker that nothing is made from."""
    return re.sub(r"<!-- made from: (.+?) -->", lambda marker: MADE[marker[1]](), markdown)
