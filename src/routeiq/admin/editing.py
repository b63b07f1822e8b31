"""The documents that operators edit: GET, PUT and PATCH of a plugin's configuration, and of their word on it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from routeiq.core.documents import config_document, override_document, without_nulls
from routeiq.core.errors import ConfigurationError
from routeiq.core.operator import OperatorWord, with_word, words_of
from routeiq.core.overlays import EditableDocument
from routeiq.gateway.control import Control

from .answers import Answer
from .bodies import JSON, MERGE_PATCH
from .convergence import Changes
from .plugins import metadata_of, record_of
from .preconditions import check_write, checked_read, tag_of
from .requests import AdminRequest

Edit = Callable[[EditableDocument], dict[str, Any]]


class Part(Protocol):
    """One of the two parts of an operator's word on a plugin.

    Attributes:
        action: What the audit log calls a change of it.
    """

    action: str

    def check(self, plugin: str) -> None:
        """Raise Refusal if there is no such plugin, or it has no such document."""

    def document(self, plugin: str, word: OperatorWord) -> EditableDocument:
        """Return what is in force with a word, as a document. Raises Refusal as `check` does."""

    def tag(self, document: EditableDocument, word: OperatorWord) -> str:
        """Return the entity tag of the document that is in force with a word."""

    def said(self, word: OperatorWord, overlay: dict[str, Any]) -> OperatorWord:
        """Return a word with another overlay for this part; the very same if it is no other one."""


class ConfigurationPart:
    """A plugin's configuration."""

    action = "config"

    def __init__(self, control: Control) -> None:
        self._manager = control.manager

    def check(self, plugin: str) -> None:
        metadata_of(self._manager, plugin)

    def document(self, plugin: str, word: OperatorWord) -> EditableDocument:
        manager = self._manager
        schema = metadata_of(manager, plugin).config_schema
        files = manager.desired.files
        return config_document(plugin, schema, manager.settings, manager.records, word.config, files)

    def tag(self, document: EditableDocument, word: OperatorWord) -> str:
        return tag_of(document.shown(), word.revision)

    def said(self, word: OperatorWord, overlay: dict[str, Any]) -> OperatorWord:
        return word if overlay == word.config else replace(word, config=overlay, revision=secrets.token_hex(8))


class OverridePart:
    """What operators say of a plugin as a whole: the fields of an entry under `plugins:` of the settings."""

    action = "settings"

    def __init__(self, control: Control, settings_file: str) -> None:
        self._control = control
        self._settings_file = settings_file

    def check(self, plugin: str) -> None:
        record_of(self._control.manager, plugin)

    def document(self, plugin: str, word: OperatorWord) -> EditableDocument:
        self.check(plugin)
        return override_document(word.override, self._control.file_override(plugin), plugin, self._settings_file)

    def tag(self, document: EditableDocument, word: OperatorWord) -> str:
        return tag_of(document.shown(), word.revision if "when" in word.override else "")

    def said(self, word: OperatorWord, overlay: dict[str, Any]) -> OperatorWord:
        kept = without_nulls(overlay)
        if kept == word.override:
            return word
        # A header's value may be a secret; nothing else in a word is.
        same = kept.get("when") == word.override.get("when")
        return replace(word, override=kept, revision=word.revision if same else secrets.token_hex(8))


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
            check_write(request.headers, self._part.tag(document, word))
            said = self._part.said(word, edit(document))
            if said is word:
                return state
            problems = self._part.document(plugin, said).problems
            if problems:  # a plugin that is not running is not asked by anybody else
                raise ConfigurationError(problems)
            return with_word(state, plugin, said)

        change = await self._control.change(
            changed, who=request.identity.name, action=action or self._part.action, plugin=plugin
        )
        document, tag = self._present(plugin)
        return await self._changes.answer(request, change, {"document": document.shown()}, etag=tag)

    def _present(self, plugin: str) -> tuple[EditableDocument, str]:
        word = self._control.word(plugin)
        document = self._part.document(plugin, word)
        return document, self._part.tag(document, word)
