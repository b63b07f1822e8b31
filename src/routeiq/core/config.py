"""Where a plugin's configuration comes from: its file, its variables, its model's defaults; the first that sets a field
wins.

Values never appear in messages: they can be secrets.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from .errors import ConfigurationError, Problem
from .settings import PLUGIN_PREFIX, ManagerSettings, problems_of
from .yaml_files import Document, load_yaml

Path_ = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A validated configuration and, for each field by its dotted path, the source of its value."""

    value: BaseModel | None
    sources: Mapping[str, str] = field(default_factory=dict)


def prefix_of(plugin: str) -> str:
    """Return what the variables of a plugin begin with."""
    return f"{PLUGIN_PREFIX}{plugin.replace('-', '_').upper()}_"


def load_config(
    plugin: str, schema: type[BaseModel] | None, settings: ManagerSettings, plugins: Iterable[str] = ()
) -> LoadedConfig:
    """Return a plugin's configuration from its sources, validated as a whole.

    Args:
        plugins: The names of all plugins: a variable that two of them could mean is an error.

    Raises:
        ConfigurationError: everything that is wrong, each with its file and line or its variable.
    """
    path = settings.config_directory / f"{plugin}.yaml"
    document = load_yaml(path) if path.is_file() else None
    if schema is None:
        if document is not None and document.data:
            raise ConfigurationError([Problem(str(path), "", f"plugin {plugin!r} takes no configuration: remove the file")])
        return LoadedConfig(None)
    problems: list[Problem] = []
    variables = _from_variables(plugin, schema, settings.environment, plugins, problems)
    merged: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for dotted, (value, name) in variables.items():
        _put(merged, dotted, value)
        sources[".".join(dotted)] = f"variable {name}"
    if document is not None:
        _overlay(merged, document.data, sources, f"file {path}")
    try:
        value = schema.model_validate(merged)
    except ValidationError as error:
        problems += [_located(problem, sources, document) for problem in problems_of(error, schema, plugin)]
    if problems:
        raise ConfigurationError(problems)
    for name in schema.model_fields:
        if not any(known == name or known.startswith(f"{name}.") for known in sources):
            sources[name] = "default"
    return LoadedConfig(value, sources)


def _from_variables(
    plugin: str, schema: type[BaseModel], environment: Mapping[str, str], plugins: Iterable[str], problems: list[Problem]
) -> dict[Path_, tuple[Any, str]]:
    prefix = prefix_of(plugin)
    longer = [other for other in plugins if other != plugin and prefix_of(other).startswith(prefix)]
    found: dict[Path_, tuple[Any, str]] = {}
    for name, text in sorted(environment.items()):
        if not name.startswith(prefix):
            continue
        path = _field_path(schema, name.removeprefix(prefix).split("__"))
        rivals = [other for other in longer if name.startswith(prefix_of(other))]
        if rivals:
            if path is not None:
                message = f"could mean plugin {plugin!r} or plugin {rivals[0]!r}: set it in the plugin's file instead"
                problems.append(Problem(f"variable {name}", ".".join(path), message))
            continue
        if path is None:
            # A plugin may read variables of its own by context.settings; only its configuration's names are ours.
            continue
        found[path] = _decoded(text), name
    return found


def _field_path(schema: type[BaseModel], words: list[str]) -> Path_ | None:
    """Return the path of fields that the words of a variable's name mean, letter case aside."""
    by_name = {name.upper(): name for name in schema.model_fields}
    name = by_name.get(words[0].upper())
    if name is None:
        return None
    if len(words) == 1:
        return (name,)
    annotation = schema.model_fields[name].annotation
    for candidate in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            rest = _field_path(candidate, words[1:])
            return (name, *rest) if rest is not None else None
    return (name, *(word.lower() for word in words[1:]))


def _decoded(text: str) -> Any:
    """Return JSON for lists and objects; everything else stays text, which pydantic turns into what the field is."""
    if text.lstrip().startswith(("[", "{")):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _put(target: dict[str, Any], path: Path_, value: Any) -> None:
    for part in path[:-1]:
        inner = target.get(part)
        if not isinstance(inner, dict):
            inner = target[part] = {}
        target = inner
    target[path[-1]] = value


def _overlay(target: dict[str, Any], data: Mapping[str, Any], sources: dict[str, str], source: str, path: str = "") -> None:
    """Lay a file's values over those that variables gave, key by key."""
    for key, value in data.items():
        dotted = f"{path}.{key}" if path else str(key)
        inner = target.get(key)
        if isinstance(value, Mapping) and isinstance(inner, dict):
            _overlay(inner, value, sources, source, dotted)
            continue
        target[key] = value
        for known in [known for known in sources if known == dotted or known.startswith(f"{dotted}.")]:
            del sources[known]
        sources[dotted] = source


def _located(problem: Problem, sources: Mapping[str, str], document: Document | None) -> Problem:
    """Return the problem with the place where the wrong value stands."""
    field_path = problem.field
    while field_path and field_path not in sources:
        field_path = field_path.rpartition(".")[0]
    source = sources.get(field_path, problem.source)
    line = document.line(problem.field) if document is not None and source.startswith("file") else None
    return Problem(f"{source.removeprefix('file ')}{f', line {line}' if line else ''}", problem.field, problem.message)


def config_file(settings: ManagerSettings, plugin: str) -> Path:
    """Return where a plugin's configuration file lies, whether it is there or not."""
    return settings.config_directory / f"{plugin}.yaml"
