"""The documents that operators read and edit: a plugin's configuration, and their word on the plugin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from pydantic import BaseModel, create_model

from .config import OVERLAY, load_config, merged
from .config_files import ConfigFiles
from .config_trees import tree_of, tree_of_data
from .errors import ConfigurationError
from .operator import combined_override
from .overlays import EditableDocument
from .phases import load_phases
from .pins import PinningSource, Pins, by_document_names
from .problems import FieldPath, dotted
from .settings import HookOverride, ManagerSettings, PluginOverride
from .variables import ConfigVariables, variables_for


class NoConfiguration(BaseModel):
    """The schema of a plugin that takes no configuration."""


def config_document(
    plugin: str,
    schema: type[BaseModel] | None,
    settings: ManagerSettings,
    plugins: Iterable[str],
    overlay: Mapping[str, Any],
    files: ConfigFiles,
) -> EditableDocument:
    """Return a plugin's configuration as it is in force with an overlay, or would be if it were valid.

    Args:
        plugins: The names of all plugins.
        files: A reading of the configuration files.
    """
    plugins = tuple(plugins)
    model = NoConfiguration if schema is None else schema
    in_file, in_variables = _file(plugin, model, files), _variables(plugin, model, settings, plugins)
    pins = Pins((in_file, in_variables))
    try:
        loaded = load_config(plugin, schema, settings, plugins, overlay, files)
    except ConfigurationError as error:
        data = merged(model, in_file.data, merged(model, in_variables.data, by_document_names(model, overlay)))
        sources = {name: pins.of((name,)) or OVERLAY for name in data}
        return EditableDocument(model, tree_of_data(data, model), sources, overlay, pins, error.problems)
    tree = tree_of(loaded.value) if loaded.value is not None else {}
    return EditableDocument(model, tree, loaded.sources, overlay, pins)


def override_document(
    override: Mapping[str, Any], in_file: PluginOverride | None, plugin: str, file: str
) -> EditableDocument:
    """Return the operator's word on a plugin: what the settings file says of it, and below that what was set since.

    Args:
        override: What was set at run time.
        in_file: What the settings file says.
        file: The settings file.
    """
    said = {} if in_file is None else without_nulls(in_file.model_dump(mode="json", exclude_unset=True))
    pins = Pins((PinningSource(said, lambda path: f"file {file} (plugins.{plugin}.{dotted(path)})"),))
    form, sources = _override_form(), dict(_sources_of(override, pins))
    try:
        tree = tree_of(combined_override(plugin, in_file, override))
    except ConfigurationError as error:
        problems = tuple(replace(one, field=one.field.removeprefix(f"plugins.{plugin}.")) for one in error.problems)
        return EditableDocument(form, tree_of_data({**override, **said}, form), sources, override, pins, problems)
    return EditableDocument(form, tree, sources, override, pins)


@cache
def _override_form() -> type[BaseModel]:
    """Return what `PluginOverride` is for edits: what is said of single hooks goes together field by field.

    Everything else that has fields of its own is taken whole.
    """
    hooks: dict[str, Any] = dict.fromkeys(load_phases(), (HookOverride | None, None))
    fields: dict[str, Any] = dict.fromkeys(PluginOverride.model_fields, (Any, None))
    return create_model("OverrideForm", **{**fields, "hooks": (create_model("HookOverrides", **hooks), None)})


def _sources_of(override: Mapping[str, Any], pins: Pins) -> Iterator[tuple[str, str]]:
    for name in PluginOverride.model_fields:
        if name != "hooks":
            yield name, pins.of((name,)) or (OVERLAY if name in override else "default")
    for source in (override, *(one.data for one in pins.sources)):
        for path in _leaves(source.get("hooks"), ("hooks",)):
            yield dotted(path), pins.of(path) or OVERLAY


def _leaves(data: Any, path: FieldPath) -> Iterator[FieldPath]:
    if isinstance(data, Mapping):
        for name, value in data.items():
            yield from _leaves(value, (*path, name))
    elif data is not None:
        yield path


def without_nulls(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return an operator's word without what it leaves as it is."""
    return {
        name: without_nulls(value) if isinstance(value, Mapping) else value
        for name, value in data.items()
        if value is not None
    }


def _file(plugin: str, model: type[BaseModel], files: ConfigFiles) -> PinningSource:
    try:
        document = files.document(plugin)
    except ConfigurationError:  # it says nothing that could be understood; whoever loads it is told
        document = None

    def described(path: FieldPath) -> str:
        line = document.line(dotted(path)) if document is not None else None
        return f"file {files.path(plugin)}" + (f", line {line}" if line is not None else "")

    return PinningSource({} if document is None else by_document_names(model, document.data), described)


def _variables(plugin: str, model: type[BaseModel], settings: ManagerSettings, plugins: Iterable[str]) -> PinningSource:
    try:
        texts = variables_for(plugin, plugins, settings.environment)
    except ConfigurationError:
        texts = {}
    variables = ConfigVariables(plugin, model, texts)

    def described(path: FieldPath) -> str:
        names = [name for known, name in variables.set_by.items() if known[: len(path)] == path[: len(known)]]
        return f"variable {', '.join(names)}"

    return PinningSource(variables.data, described)
