"""The documents that operators edit: GET, PUT and PATCH of a plugin's configuration, and of their word on it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from routeiq.core.documents import config_document, override_document, without_nulls
from routeiq.core.errors import ConfigurationError
from routeiq.core.operator import OperatorWord, words_of
from routeiq.core.overlays import EditableDocument
from routeiq.gateway.control import Control

from .answers import Answer
from .bodies import JSON, MERGE_PATCH
from .convergence import Changes
from .plugins import metadata_of, record_of
from .preconditions import check_write, checked_read, tag_of
from .requests import AdminRequest

REVISION = "revision"
"""The key, in a plugin's entry of the operator's state, of a word that changes with its configuration.

Of two configurations that differ in a secret alone the documents are the same: this tells their entity tags apart.
"""

Edit = Callable[[EditableDocument], dict[str, Any]]


class Part(Protocol):
    """One of the two parts of an operator's word on a plugin."""

    name: str
    """Its key in the operator's state."""
    action: str
    """What the audit log calls a change of it."""

    def check(self, plugin: str) -> None:
        """Raise Refusal if there is no such plugin, or it has no such document."""

    def document(self, plugin: str, word: OperatorWord) -> EditableDocument:
        """Return what is in force with a word, as a document. Raises Refusal as `check` does."""

    def overlay(self, word: OperatorWord) -> Mapping[str, Any]:
        """Return what a word says of it."""

    def normal(self, overlay: dict[str, Any]) -> dict[str, Any]:
        """Return an overlay without what says nothing."""


class ConfigurationPart:
    """A plugin's configuration."""

    name, action = "config", "config"

    def __init__(self, control: Control) -> None:
        self._manager = control.manager

    def check(self, plugin: str) -> None:
        metadata_of(self._manager, plugin)

    def document(self, plugin: str, word: OperatorWord) -> EditableDocument:
        manager = self._manager
        schema = metadata_of(manager, plugin).config_schema
        files = manager.desired.files
        return config_document(plugin, schema, manager.settings, manager.records, word.config, files)

    def overlay(self, word: OperatorWord) -> Mapping[str, Any]:
        return word.config

    def normal(self, overlay: dict[str, Any]) -> dict[str, Any]:
        return overlay


class OverridePart:
    """What operators say of a plugin as a whole: the fields of an entry under `plugins:` of the settings."""

    name, action = "override", "settings"

    def __init__(self, control: Control, settings_file: str) -> None:
        self._control = control
        self._settings_file = settings_file

    def check(self, plugin: str) -> None:
        record_of(self._control.manager, plugin)

    def document(self, plugin: str, word: OperatorWord) -> EditableDocument:
        self.check(plugin)
        return override_document(word.override, self._control.file_override(plugin), plugin, self._settings_file)

    def overlay(self, word: OperatorWord) -> Mapping[str, Any]:
        return word.override

    def normal(self, overlay: dict[str, Any]) -> dict[str, Any]:
        return without_nulls(overlay)


class Editor:
    """One part of what operators set, as a document at a path of its own."""

    def __init__(self, control: Control, part: Part, changes: Changes) -> None:
        self._control = control
        self._part = part
        self._changes = changes

    async def read(self, request: AdminRequest) -> Answer:
        """Return the document."""
        document, tag = self._present(request.parts["name"])
        return checked_read(request.headers, tag, document.shown())

    async def replace(self, request: AdminRequest) -> Answer:
        """Have the document be what the request says."""
        self._part.check(request.parts["name"])
        given = await request.object((JSON,))
        return await self.edit(request, lambda document: document.replaced(given))

    async def patch(self, request: AdminRequest) -> Answer:
        """Have the document be changed by a JSON Merge Patch."""
        self._part.check(request.parts["name"])
        given = await request.object((JSON, MERGE_PATCH))
        return await self.edit(request, lambda document: document.patched(given))

    async def edit(self, request: AdminRequest, edit: Edit, action: str | None = None) -> Answer:
        """Change the document, if the request's conditions hold of what it is when its turn comes.

        Args:
            action: What the audit log calls it, if not by the part's name.
        """
        plugin = request.parts["name"]

        def changed(state: Mapping[str, Any]) -> Mapping[str, Any]:
            word = words_of(state).get(plugin, OperatorWord())
            document = self._part.document(plugin, word)
            check_write(request.headers, self._tag(document, state, plugin))
            overlay = self._part.normal(edit(document))
            return state if overlay == self._part.overlay(word) else self._with(state, plugin, overlay)

        change = await self._control.change(
            changed, who=request.identity.name, action=action or self._part.action, plugin=plugin
        )
        document, tag = self._present(plugin)
        return await self._changes.answer(request, change, {"document": document.shown()}, etag=tag)

    def _with(self, state: Mapping[str, Any], plugin: str, overlay: dict[str, Any]) -> Mapping[str, Any]:
        """Return the state with another overlay. Raises ConfigurationError if nothing could be in force with it."""
        plugins = dict(state.get("plugins", {}))
        entry = {**plugins.pop(plugin, {}), self._part.name: overlay}
        if self._part.name == "config":
            entry[REVISION] = secrets.token_hex(8)
        kept = {name: value for name, value in entry.items() if value}
        if kept.keys() - {REVISION}:
            plugins[plugin] = kept
        after = {**state, "plugins": plugins}
        problems = self._part.document(plugin, words_of(after).get(plugin, OperatorWord())).problems
        if problems:
            raise ConfigurationError(problems)
        return after

    def _present(self, plugin: str) -> tuple[EditableDocument, str]:
        document = self._part.document(plugin, self._control.word(plugin))
        return document, self._tag(document, self._control.document, plugin)

    def _tag(self, document: EditableDocument, state: Mapping[str, Any], plugin: str) -> str:
        entry = state.get("plugins", {}).get(plugin, {})
        return tag_of(document.shown(), str(entry.get(REVISION, "")) if self._part.name == "config" else "")
