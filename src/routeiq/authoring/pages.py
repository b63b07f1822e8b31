"""Pages about plugins, in Markdown: one plugin's, and the whole gateway's with the order of its hooks.

What plugins say of themselves is text, never markup of the page: HTML in it is shown as it is written, and no table is
broken by it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml
from routeiq_plugin_sdk.markers import PROJECT
from routeiq_plugin_sdk.specs import LAYERS

from routeiq.core.variables import prefix_of

from .field_tables import cell, markdown_table
from .openapi import document

_CODE: Final = re.compile(r"(`[^`]*`)")
_ARROWS: Final = {"inbound": "→", "outbound": "←"}


@dataclass(frozen=True, slots=True)
class Documented:
    """A plugin as it stands in a gateway.

    Attributes:
        record: What `routeiq plugin list --json` shows of it.
        description: What `describe` says; None of one that could not be looked at.
    """

    record: Mapping[str, Any]
    description: Mapping[str, Any] | None

    @classmethod
    def apart(cls, description: Mapping[str, Any], distribution: str | None) -> Documented:
        """Return a plugin that stands in no gateway, from what it says of itself alone."""
        said = description["metadata"]
        record = {
            "name": description["name"],
            "version": description["version"],
            "distribution": distribution,
            "source": description["reference"],
            "state": None,
            "reason": "",
            "instance_of": None,
            "mode": None,
            "failure_mode": said["failure_mode"],
            **{field: said[field] for field in ("priority", "depends_on", "before", "after")},
        }
        return cls(record, description)

    @property
    def name(self) -> str:
        """Its name, or that of its instance."""
        return str(self.record["name"])


Listing = Sequence[Mapping[str, Any]]
"""Every phase with its plugins in the order in which it calls them, as `PluginManager.hooks` tells it."""


def plugin_page(plugin: Documented, hooks: Listing) -> str:
    """Return the page of a plugin."""
    return "\n".join(_plugin(plugin, hooks, "#"))


def gateway_page(plugins: Sequence[Documented], hooks: Listing) -> str:
    """Return the page of all plugins of a gateway, with the order in which it calls them."""
    rows = [
        (f"[`{one.name}`](#{_anchor(one.name)})", one.record["version"] or "", one.record["state"], cell(_about(one)))
        for one in plugins
    ]
    lines = ["# Plugins of the gateway", "", *markdown_table(("plugin", "version", "state", ""), rows)]
    lines += ["## Order", "", "Each phase calls its plugins as they stand here, from left to right.", ""]
    lines += markdown_table(("phase", "kind", "", "plugins"), _order(hooks))
    paths = paths_of_all(active(plugins))
    if paths:
        lines += ["## OpenAPI of the plugins' routes", "", *_yaml(document("Routes of plugins", None, paths))]
    for one in plugins:
        lines += _plugin(one, hooks, "##")
    return "\n".join(lines)


def active(plugins: Iterable[Documented]) -> list[Documented]:
    """Return those that take part in the gateway, and whose routes it has."""
    return [one for one in plugins if one.record["state"] == "active"]


def paths_of_all(plugins: Iterable[Documented]) -> dict[str, Any]:
    """Return what the routes of plugins add to the paths of an OpenAPI document."""
    paths: dict[str, Any] = {}
    for one in plugins:
        for path, operations in _routes(one).get("paths", {}).items():
            # The first plugin with a path has it, as in the gateway.
            paths.setdefault(path, {method: {**said, "tags": [one.name]} for method, said in operations.items()})
    return paths


def words(text: str) -> str:
    """Return a text that a plugin says of itself, as Markdown that shows it."""
    parts = _CODE.split(" ".join(text.split()))
    return "".join(part if part.startswith("`") else part.replace("<", "&lt;") for part in parts)


def _plugin(plugin: Documented, hooks: Listing, level: str) -> Iterator[str]:
    yield from (f"{level} {plugin.name}", "", _about(plugin), "")
    yield from markdown_table(("", ""), _facts(plugin))
    if plugin.description is None:
        return
    yield from _configuration(plugin, f"{level}#")
    yield from _hooks(plugin, hooks, f"{level}#")
    yield from _route_lines(plugin, f"{level}#")


def _about(plugin: Documented) -> str:
    metadata = plugin.description["metadata"] if plugin.description else {}
    return words(metadata.get("description") or "")


def _facts(plugin: Documented) -> Iterator[tuple[str, str]]:
    record, said = plugin.record, plugin.description["metadata"] if plugin.description else {}
    window = said.get("stream_window")
    facts = {
        "version": record["version"],
        "from": record["distribution"] or record["source"],
        "state": f"{record['state']}: {record['reason']}" if record["reason"] else record["state"],
        "instance of": record["instance_of"],
        "author": said.get("author"),
        "licence": said.get("license"),
        "homepage": said.get("homepage"),
        "works with RouteIQ": said.get("gateway_compat"),
        "capabilities": ", ".join(said.get("capabilities", ())),
        "enabled by default": None if not said else "yes" if said.get("enabled_by_default") else "no",
        "priority": str(record["priority"]),
        "depends on": ", ".join(record["depends_on"]),
        "before": ", ".join(record["before"]),
        "after": ", ".join(record["after"]),
        "mode": record["mode"],
        "on failure": record["failure_mode"],
        "windows of streams": window and f"{window['size']} characters, {window['overlap']} of them seen again",
    }
    return ((name, cell(words(value))) for name, value in facts.items() if value)


def _configuration(plugin: Documented, level: str) -> Iterator[str]:
    assert plugin.description is not None
    tables = plugin.description["config_tables"]
    if not tables or not tables[0]["rows"]:
        yield from (f"{level} Configuration", "", "There is nothing to configure.", "")
        return
    yield from (
        f"{level} Configuration",
        "",
        f"`config/plugins/{plugin.name}.yaml`, or variables `{prefix_of(plugin.name)}<FIELD>`.",
        "",
    )
    for table in tables:
        yield from ((f"Of `{table['path']}`:", "") if table["path"] else ())
        yield from markdown_table(
            ("field", "type", "default", ""),
            (
                (f"`{row['name']}`", cell(words(row["type"])), cell(row["default"]), cell(words(row["about"])))
                for row in table["rows"]
            ),
        )


def _hooks(plugin: Documented, hooks: Listing, level: str) -> Iterator[str]:
    assert plugin.description is not None
    about = dict(_specifications())
    listed = {hook["name"]: [one["name"] for one in hook["plugins"]] for hook in hooks}
    yield from (f"{level} Hooks", "")
    yield from markdown_table(
        ("phase", "kind", "", "what it does there", "order"),
        (
            (
                f"`{hook['name']}`",
                hook["kind"] + (", wrapper" if hook["wrapper"] else ""),
                _ARROWS[hook["direction"]],
                cell(words(hook["about"] or about.get(hook["name"], ""))),
                _place(plugin.name, listed.get(hook["name"], [])),
            )
            for hook in plugin.description["hooks"]
        ),
    )


def _place(name: str, names: Sequence[str]) -> str:
    """Return where a plugin stands in a phase, in words; empty where it takes no part."""
    if name not in names:
        return ""
    position = names.index(name)
    after = f", after `{names[position - 1]}`" if position else ""
    return f"{position + 1} of {len(names)}{after}"


def _specifications() -> Iterator[tuple[str, str]]:
    """Yield what each phase is for: the first line of its specification."""
    for layer in LAYERS:
        for name, function in vars(layer).items():
            if hasattr(function, f"{PROJECT}_spec"):
                yield name, (inspect.getdoc(function) or "").partition("\n")[0]


def _order(hooks: Listing) -> Iterator[tuple[str, str, str, str]]:
    for hook in hooks:
        names = ", ".join(f"`{plugin['name']}`" for plugin in hook["plugins"])
        if names:
            yield f"`{hook['name']}`", str(hook["kind"]), _ARROWS[hook["direction"]], names


def _route_lines(plugin: Documented, level: str) -> Iterator[str]:
    routes = _routes(plugin)
    if not routes:
        return
    yield from (f"{level} Routes", "")
    if routes["problem"]:
        yield from (f"They are not known: {words(routes['problem'])}", "")
        return
    rows = [
        (method.upper(), f"`{path}`", cell(words(said.get("summary", ""))))
        for path, operations in routes["paths"].items()
        for method, said in operations.items()
    ]
    rows += [("WebSocket", f"`{path}`", "") for path in routes["websockets"]]
    yield from markdown_table(("", "path", ""), rows)
    if routes["paths"]:
        yield from ("What they add to an OpenAPI document:", "", *_yaml({"paths": routes["paths"]}))


def _routes(plugin: Documented) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (plugin.description or {}).get("routes") or {}
    return found


def _yaml(value: Any) -> list[str]:
    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text)), 3)
    return [f"{fence}yaml", *text.splitlines(), fence, ""]


def _anchor(name: str) -> str:
    """Return the anchor that Markdown's readers give a heading."""
    return re.sub(r"[^\w-]", "", name.lower())
