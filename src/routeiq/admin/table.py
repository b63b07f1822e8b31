"""Which operations there are."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from routeiq.gateway.control import Control

from . import models, overview, plugins
from .actions import Actions
from .answers import Answer
from .bodies import JSON, MERGE_PATCH
from .convergence import Changes
from .editing import ConfigurationPart, Editor, OverridePart
from .event_stream import NAME, Events
from .feed import Feed
from .hooks import Hooks, Listing
from .openapi import openapi
from .operations import Body, Handler, Operation, Result, Table
from .overview import Overview
from .plugins import Plugins
from .requests import WAIT, AdminRequest, Parameter

_IF_MATCH: Final = Parameter("If-Match", "Only if the document still has this entity tag, or `*`.")
_IF_NONE_MATCH: Final = Parameter("If-None-Match", "Only if the document has another entity tag by now.")
_PREFER: Final = Parameter("Prefer", "`wait=N`: wait up to N seconds until every worker and replica has the change.")
_TAGGED: Final = {"ETag": "The entity tag of the document."}
_LINKED: Final = {"Link": "The next page, as `rel=next`."}
_NOT_LOADED: Final = "The plugin was never loaded."


def table_of(control: Control, hooks: Listing, ending: asyncio.Event, settings_file: str, prefix: str) -> Table:
    """Return the operations on one gateway.

    Args:
        hooks: Lists the phases, with the figures of all workers.
        ending: Set when the gateway is about to stop.
        settings_file: What to call the file that holds operators' word on plugins.
        prefix: What their paths stand below.
    """
    changes, feed = Changes(control, ending), Feed(control.manager.events, control.group, ending)
    config = Editor(control, ConfigurationPart(control), changes)
    settings = Editor(control, OverridePart(control, settings_file), changes)
    operations = [
        *_plugins(Plugins(control)),
        *_documents("a plugin's configuration", "config", config, {409: _NOT_LOADED}),
        *_documents("what operators say of a plugin: order, mode, failure mode and the like", "settings", settings, {}),
        *_actions(Actions(control, settings, changes)),
        *_overview(Overview(control, feed), changes, Hooks(hooks), Events(feed)),
    ]

    async def document(request: AdminRequest) -> Answer:
        """Return the OpenAPI document, with the plugins that there are as examples."""
        del request
        return Answer(200, openapi(operations, prefix, sorted(control.manager.records)))

    result = Result("An OpenAPI document, version 3.1.")
    operations.append(Operation("GET", "/openapi.json", document, "openapi", "This document", result))
    return Table(operations)


def _plugins(handlers: Plugins) -> list[Operation]:
    return [
        Operation(
            "GET", "/plugins", handlers.list, "listPlugins", "All plugins, and what became of each",
            Result("A page of them, by name.", models.PluginPage, headers=_LINKED),
            query=(plugins.LIMIT, plugins.AFTER),
        ),
        Operation(
            "GET", "/plugins/{name}", handlers.show, "showPlugin", "All that is known of one plugin",
            Result("The plugin.", models.PluginDetails),
        ),
        Operation(
            "GET", "/plugins/{name}/schema", handlers.schema, "showSchema", "The schema of a plugin's configuration",
            Result("A JSON Schema, draft 2020-12."), failures={409: _NOT_LOADED},
        ),
    ]  # fmt: skip


def _documents(what: str, path: str, editor: Editor, unreadable: Mapping[int, str]) -> list[Operation]:
    """Return the operations on one of a plugin's documents.

    Args:
        unreadable: Why it may not be there, by status.
    """
    name, path = path.capitalize(), f"/plugins/{{name}}/{path}"
    result = Result("What the change came to, and the document as it is now.", models.DocumentChanged, headers=_TAGGED)
    failures = {
        409: "A file or a variable sets a field, and wins; or the plugin, or one that depends on it, refuses.",
        412: "The document is another one by now.",
        422: "A field does not exist, or has a value that cannot be: each is told.",
    }
    return [
        Operation(
            "GET", path, editor.read, f"read{name}", f"Read {what}",
            Result("The document: all fields, and their sources.", models.EditableDocument, headers=_TAGGED),
            headers=(_IF_MATCH, _IF_NONE_MATCH), failures={412: failures[412], **unreadable},
        ),
        _change(
            "PUT", path, editor.replace, f"replace{name}", f"Write {what}", result,
            "Fields that are as they were, and masks, change nothing. Those that are left out fall back to defaults.",
            Body((JSON,), "The document, as it is to be."), failures,
        ),
        _change(
            "PATCH", path, editor.patch, f"patch{name}", f"Change fields of {what}", result,
            "A JSON Merge Patch (RFC 7396): null takes a field out of what was set here, so that its default holds.",
            Body((MERGE_PATCH, JSON), "The fields to change."), failures,
        ),
    ]  # fmt: skip


def _actions(handlers: Actions) -> list[Operation]:
    settings = Result("What the change came to, and the plugin's settings.", models.DocumentChanged, headers=_TAGGED)
    failures = {
        409: "The settings file decides; or the plugin, or one that depends on it, refuses.",
        412: "The settings are others by now.",
    }
    return [
        _change(
            "POST", "/plugins/{name}/enable", handlers.enable, "enable", "Have a plugin take part", settings,
            "It is imported and started by every rule of a start; sets `enabled` in its settings.", None, failures,
        ),
        _change(
            "POST", "/plugins/{name}/disable", handlers.disable, "disable", "Have a plugin take no part", settings,
            "Requests that use it end first; sets `enabled` in its settings.", None, failures,
        ),
        Operation(
            "POST", "/plugins/{name}/reload", handlers.reload, "reload", "Read a plugin's file anew",
            Result("What it came to.", models.PluginReloaded),
            "A plugin that failed to start is started anew. Code is never imported again.",
            writes=True, query=(WAIT,), headers=(_PREFER,),
            failures={409: "What the file says cannot be, or is refused: what was before stays."},
        ),
    ]  # fmt: skip


def _overview(handlers: Overview, changes: Changes, hooks: Hooks, events: Events) -> list[Operation]:
    return [
        Operation(
            "GET", "/changes/{version}", changes.show, "showChange", "How far a change has come",
            Result("Which processes have it.", models.Convergence), query=(WAIT,), headers=(_PREFER,),
            failures={404: "There can be no such version."},
        ),
        Operation(
            "GET", "/hooks", hooks.show, "listHooks", "Every phase, its plugins in order, and what they cost",
            Result("The phases.", models.Hooks), failures={503: "The figures of other workers cannot be read."},
        ),
        Operation(
            "GET", "/events", events.stream, "events", "What happens, as it happens",
            Result("Server-sent events, of all workers.", media_type="text/event-stream"),
            "Each has `id`, `event` (the name) and `data` (JSON). A client that reads too slowly misses events, and is"
            " told how many by `events.dropped`.",
            query=(NAME,), failures={503: "There are too many clients."},
        ),
        Operation(
            "GET", "/audit", handlers.audit, "listAudit", "Who changed what",
            Result("A page of the audit log, the newest first.", models.AuditPage, headers=_LINKED),
            query=(overview.LIMIT, overview.BEFORE), failures={503: "The store does not answer."},
        ),
        Operation(
            "GET", "/status", handlers.status, "status", "This process, its peers, and what is not as it should be",
            Result("The status.", models.Status),
        ),
    ]  # fmt: skip


def _change(
    method: str,
    path: str,
    handler: Handler,
    name: str,
    summary: str,
    result: Result,
    description: str,
    body: Body | None,
    failures: Mapping[int, str],
) -> Operation:
    """Return an operation that changes the operator's state."""
    return Operation(
        method, path, handler, name, summary, result, description,
        writes=True, query=(WAIT,), headers=(_IF_MATCH, _PREFER), body=body, failures=failures,
    )  # fmt: skip
