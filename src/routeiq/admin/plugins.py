"""Plugins as the admin API shows them: their records, all that is known of one, and the schemas of configurations."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from routeiq_plugin_sdk import PluginMetadata

from routeiq.core.instances import hint_for
from routeiq.core.json_schemas import config_schema
from routeiq.core.manager import PluginManager
from routeiq.core.masking import masked_document
from routeiq.core.records import PluginRecord, PluginState
from routeiq.gateway.control import Control

from .answers import Answer, Refusal
from .requests import AdminRequest, Parameter

LIMIT = Parameter("limit", "How many plugins at most.", "integer", low=1, high=1000, default=1000)
AFTER = Parameter("after", "The name after which the page begins: `next` of the page before.")


class Plugins:
    """What there is."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._manager = control.manager

    async def list(self, request: AdminRequest) -> Answer:
        """Return a page of all plugins, by name."""
        after, limit = request.text("after"), request.integer("limit") or LIMIT.high
        records = self._manager.records
        names = sorted(name for name in records if after is None or name > after)
        page = names[:limit]
        more = page[-1] if len(names) > len(page) else None
        headers = {} if more is None else {"link": f'<?limit={limit}&after={quote(more, safe="")}>; rel="next"'}
        return Answer(200, {"plugins": [shown(records[name]) for name in page], "next": more}, headers)

    async def show(self, request: AdminRequest) -> Answer:
        """Return all that is known of one plugin."""
        record = record_of(self._manager, request.parts["name"])
        metadata = record.metadata
        problem = self._control.problems.get(record.name)
        details = {
            **shown(record),
            "metadata": {} if metadata is None else metadata.model_dump(mode="json", exclude={"config_schema"}),
            "config_sources": dict(record.config_sources),
            "problem": problem,
        }
        return Answer(200, details)

    async def schema(self, request: AdminRequest) -> Answer:
        """Return the JSON Schema of a plugin's configuration."""
        return Answer(200, config_schema(metadata_of(self._manager, request.parts["name"]).config_schema))


def shown(record: PluginRecord) -> dict[str, Any]:
    """Return a record as `routeiq plugin list --json` prints it, secrets masked: it may be narrowed to some header."""
    document: dict[str, Any] = masked_document(record.to_dict())
    return document


def record_of(manager: PluginManager, name: str) -> PluginRecord:
    """Return a plugin's record. Raises Refusal (404), with the nearest name, if there is none."""
    record = manager.records.get(name)
    if record is None:
        message = f"There is no plugin {name!r}{hint_for(name, manager.records) or ': GET /admin/plugins lists them.'}"
        raise Refusal(404, message, "no_such_plugin", param="name")
    return record


def metadata_of(manager: PluginManager, name: str) -> PluginMetadata:
    """Return what a plugin says of itself.

    Raises:
        Refusal: 404 if there is none of this name, 409 if it is set aside and was never looked into.
    """
    record = record_of(manager, name)
    if record.metadata is None:
        advice = ": enable it first" if record.state is PluginState.DISABLED else ""
        message = (
            f"Plugin {name!r} is {record.state.value} and was not loaded, so that its configuration is unknown{advice}."
        )
        raise Refusal(409, message, "not_loaded", param="name")
    return record.metadata
