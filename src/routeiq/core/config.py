"""Where a plugin's configuration comes from: its file, its variables, the operator's overlay, its model's defaults.

The first that sets a field wins, where a field is one of a model: nested models are merged, a list or a free mapping is
taken whole. Values never appear in messages: they can be secrets.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from .config_files import ConfigFiles
from .errors import ConfigurationError, Problem
from .instances import hint_for
from .masking import without_secrets
from .problems import FieldPath, dotted, findings, unknown_key
from .schemas import entry_of, is_mapping, keys_of, model_of
from .settings import ManagerSettings
from .variables import ConfigVariables, variables_for

if TYPE_CHECKING:
    from .yaml_files import Document


OVERLAY: Final = "overlay"
"""The source of what an operator set at run time."""


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A validated configuration, and where it came from.

    Attributes:
        value: An instance of the plugin's schema; None for a plugin without one.
        sources: For each field by its dotted path `file <path>`, `variable <name>`, `overlay` or `default`.
    """

    value: BaseModel | None
    sources: Mapping[str, str] = field(default_factory=dict)


def load_config(
    plugin: str,
    schema: type[BaseModel] | None,
    settings: ManagerSettings,
    plugins: Iterable[str] = (),
    overlay: Mapping[str, Any] | None = None,
    files: ConfigFiles | None = None,
) -> LoadedConfig:
    """Return a plugin's configuration from its sources, validated as a whole.

    A key of the file that the schema does not know is an error, unless the schema itself says `extra="ignore"` or
    `"allow"`. A variable that it does not know is the plugin's own affair (`context.settings.environment`); it is an
    error only where the schema says `extra="forbid"`.

    Args:
        plugins: The names of all plugins: a variable that two of them could mean is an error.
        overlay: What an operator set at run time; file and variables win over it.
        files: A reading of the configuration files; None reads the plugin's now.

    Raises:
        ConfigurationError: everything that is wrong, each with its file and line or its variable.
    """
    files = ConfigFiles(settings.config_directory) if files is None else files
    path = files.path(plugin)
    document = files.document(plugin)
    data = {} if document is None else document.data
    texts = variables_for(plugin, plugins, settings.environment)
    if schema is None:
        if data or overlay:
            what, where = ("remove the file", str(path)) if data else ("it cannot be set", OVERLAY)
            raise ConfigurationError([Problem(where, "", f"plugin {plugin!r} takes no configuration: {what}")])
        return LoadedConfig(None)
    return _Sources(path, document, data, ConfigVariables(plugin, schema, texts), overlay or {}).load(plugin, schema)


def unread_files(settings: ManagerSettings, plugins: Collection[str]) -> list[Problem]:
    """Return the files beside those of plugins that belong to none: what they say holds for nobody.

    Args:
        plugins: The names of all plugins and instances.
    """
    problems = []
    for path in sorted(settings.config_directory.glob("*.y*ml")):
        if path.stem not in plugins and not path.name.startswith("."):
            hint = hint_for(path.stem, plugins)
            problems.append(Problem(str(path), "", f"is not read: there is no plugin {path.stem!r}{hint}"))
    return problems


@dataclass(frozen=True, slots=True)
class _Sources:
    """One plugin's file, what it holds, the variables and the overlay, on their way to a configuration."""

    path: Path
    document: Document | None
    data: Mapping[str, Any]
    variables: ConfigVariables
    overlay: Mapping[str, Any]

    def load(self, plugin: str, schema: type[BaseModel]) -> LoadedConfig:
        data = merged(schema, self.data, merged(schema, self.variables.data, self.overlay))
        unknown = [*unknown_keys(schema, self.data, ()), *unknown_keys(schema, self.overlay, ())]
        problems = [self._problem(path, unknown_key(str(path[-1]), known)) for path, known in unknown]
        value = None
        try:
            value = schema.model_validate(_with_defaults(schema, data))
        except ValidationError as error:
            problems += [self._problem(path, message) for path, message in findings(error, schema)]
        except Exception as error:  # noqa: BLE001 - validators are foreign code, and may raise anything
            problems.append(self._problem((), f"its config_schema raised {type(error).__name__}: {error}"))
        told = {one.source for one in self.variables.problems}
        problems = [*self.variables.problems, *(one for one in problems if one.source not in told)]
        if problems or value is None:
            # Raised out here, not chained: pydantic's own errors show the values.
            raise ConfigurationError(
                [
                    Problem(one.source or f"plugin {plugin}", one.field, without_secrets(one.message, schema, data))
                    for one in problems
                ]
            )
        return LoadedConfig(value, dict(self._described(value, self.data, self.overlay, ())))

    def _problem(self, path: FieldPath, message: str) -> Problem:
        """Return a problem with the place where the wrong value stands, or where a missing one belongs."""
        set_by = self.variables.set_by
        variable = next((one for known, one in set_by.items() if path and path[: len(known)] == known), None)
        source = ""
        if path and self.document is not None and _holds(self.data, path):
            line = self.document.line(dotted(path))
            source = f"{self.path}, line {line}" if line else str(self.path)
        elif variable is not None:
            source = f"variable {variable}"
        elif path and self.overlay and _holds(self.overlay, path):
            source = OVERLAY
        elif message == "is required":
            message = f"is required: set it in {self.path} or by the variable {self.variables.name_of(path)}"
        return Problem(source, dotted(path), message)

    def _described(self, value: BaseModel, data: Any, overlay: Any, path: FieldPath) -> Iterator[tuple[str, str]]:
        """Yield the source of each field of a validated model, nested ones by their own fields."""
        model = type(value)
        names: dict[str, list[str]] = {name: [] for name in (*model.model_fields, *(value.model_extra or ()))}
        for name, key in keys_of(model).items():
            names[key.field].append(name)
        for field_name, aliases in names.items():
            accepted = aliases or [field_name]
            here = (*path, accepted[0])
            given, laid = _given(data, accepted), _given(overlay, accepted)
            inner = getattr(value, field_name)
            if isinstance(inner, BaseModel):
                yield from self._described(inner, given[0] if given else {}, laid[0] if laid else {}, here)
            elif given:
                yield dotted(here), f"file {self.path}"
            else:
                variables = [one for known, one in self.variables.set_by.items() if known[: len(here)] == here]
                below = OVERLAY if laid else "default"
                yield dotted(here), f"variable {', '.join(variables)}" if variables else below


def _given(data: Any, names: Iterable[str]) -> list[Any]:
    return [data[name] for name in names if name in data] if isinstance(data, Mapping) else []


def merged(model: type[BaseModel], above: Mapping[str, Any], below: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of both; where both set one, `above` wins, and nested models are merged."""
    result = dict(above)
    keys = keys_of(model)
    for name, value in below.items():
        key = keys.get(name)
        same = [one for one in above if one == name or (key is not None and keys.get(one) == key)]
        inner = model_of(key.annotation) if key is not None else None
        if not same:
            result[name] = value
        elif inner is not None and isinstance(above[same[0]], Mapping) and isinstance(value, Mapping):
            result[same[0]] = merged(inner, above[same[0]], value)
    return result


def _with_defaults(model: type[BaseModel], data: dict[str, Any]) -> dict[str, Any]:
    """Return data completed by what the model's defaults say of nested models that the data hold in part."""
    result = dict(data)
    for name, key in keys_of(model).items():
        inner = model_of(key.annotation)
        if inner is not None and isinstance(data.get(name), Mapping):
            default = _default(model.model_fields[key.field])
            below = _set_in(default) if type(default) is inner else {}
            result[name] = _with_defaults(inner, merged(inner, data[name], below))
    return result


def _default(field: FieldInfo) -> Any:
    factory = field.default_factory
    if factory is None:
        return field.default
    return None if inspect.signature(factory).parameters else factory()  # type: ignore[call-arg]


def _set_in(model: BaseModel) -> dict[str, Any]:
    """Return the fields that were given to a model, as data for it."""
    names = {key.field: key.name for key in keys_of(type(model)).values()}
    values = {names.get(field, field): getattr(model, field) for field in model.model_fields_set}
    return {name: _set_in(value) if isinstance(value, BaseModel) else value for name, value in values.items()}


def unknown_keys(annotation: Any, data: Any, path: FieldPath) -> Iterator[tuple[FieldPath, list[str]]]:
    """Yield keys that a model does not take, with those that it does, unless it says itself what becomes of them."""
    model = model_of(annotation)
    if model is not None and isinstance(data, Mapping):
        keys = keys_of(model)
        for name, value in data.items():
            if name in keys:
                yield from unknown_keys(keys[name].annotation, value, (*path, name))
            elif model.model_config.get("extra") is None:
                yield (*path, name), list(keys)
    elif isinstance(data, Mapping) and is_mapping(annotation):
        for name, value in data.items():
            yield from unknown_keys(entry_of(annotation), value, (*path, name))
    elif isinstance(data, list) and not is_mapping(annotation):
        for position, value in enumerate(data):
            yield from unknown_keys(entry_of(annotation), value, (*path, position))


def _holds(data: Any, path: FieldPath) -> bool:
    """Return whether data has a value at a path, or at least a value above it that is no mapping."""
    for part in path:
        if isinstance(data, Mapping):
            if part not in data:
                return False
            data = data[part]
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return True
    return True
