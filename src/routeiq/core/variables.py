"""The variables of plugins, and what they say of a configuration.

They are named `ROUTEIQ_PLUGIN_<NAME>_<FIELD>`, in capitals, with `_` for `-`, and a field of a nested model after `__`.
Those of the named instance `rate-limit#free` begin with `ROUTEIQ_PLUGIN_RATE_LIMIT__FREE_`, which no field of
`rate-limit` does. A value is text that pydantic turns into the field's type; lists and objects are written as JSON, and
`null` is None where the field is no text. A name with two readings is an error, never a guess.

A few fields of the plugins that come with RouteIQ have a second variable, by a name of its own: `ALIASES`. It is the
host that lists them: a plugin that could name variables would get to read those of others.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel

from .errors import ConfigurationError, Problem
from .instances import SEPARATOR
from .problems import FieldPath, dotted, nearest
from .schemas import entry_of, is_mapping, keys_of, members, model_of

PLUGIN_PREFIX: Final = "ROUTEIQ_PLUGIN_"
RESERVED: Final = frozenset({"ROUTEIQ_PLUGIN_STARTUP_TIMEOUT"})
"""Variables that look like a plugin's and are the manager's."""

ALIASES: Final[Mapping[str, tuple[str, str]]] = {"ROUTEIQ_SKILLS_DIR": ("skills-discovery", "DIRECTORY")}
"""Variables by names of their own: the plugin that each belongs to, and what stands for the field elsewhere."""

SWITCHES: Final[Mapping[str, str]] = {"ROUTEIQ_EVALUATOR_ENABLED": "evaluator"}
"""Variables that enable a plugin where nothing else says whether it is enabled."""

logger = logging.getLogger(__name__)


def prefix_of(plugin: str) -> str:
    """Return what the names of a plugin's variables begin with."""
    return f"{PLUGIN_PREFIX}{plugin.replace('-', '_').replace(SEPARATOR, '__').upper()}_"


def variables_for(plugin: str, plugins: Iterable[str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a plugin, their prefix cut off; those by names of their own as they are.

    Args:
        plugins: The names of all plugins.

    Raises:
        ConfigurationError: if a variable could as well be one of another plugin: `ROUTEIQ_PLUGIN_A_B_C` is the field
            `b_c` of the plugin `a` or the field `c` of `a-b`; or if it differs from another one of the same field.
    """
    others = {*plugins} - {plugin}
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for variable, value in sorted(environment.items()):
        if not _may_be_of(plugin, variable) or variable in RESERVED:
            continue
        found[variable.removeprefix(prefix_of(plugin))] = value
        rivals = [other for other in others if _may_be_of(other, variable)]
        if rivals:
            meanings = " or ".join(_meaning(variable, name) for name in sorted([plugin, *rivals]))
            message = f"could mean {meanings}: set it in the plugin's file instead"
            problems.append(Problem(f"variable {variable}", "", message))
    for alias, (owner, field) in ALIASES.items():
        if owner == plugin and alias in environment:
            value = environment[alias]
            if found.pop(field, value) != value:
                message = f"differs from {prefix_of(plugin)}{field}, which means the same: remove one of them"
                problems.append(Problem(f"variable {alias}", "", message))
            found[alias] = value
    if problems:
        raise ConfigurationError(problems)
    return found


def in_capitals(path: FieldPath) -> str:
    """Return what stands for a field in the name of a variable."""
    return "__".join(str(part) for part in path).replace("-", "_").upper()


class ConfigVariables:
    """What a plugin's variables say of its configuration.

    Attributes:
        data: The values, as data for the schema.
        set_by: For each field that they set the name of its variable.
        problems: What is wrong with them before anything is validated.
    """

    def __init__(self, plugin: str, schema: type[BaseModel], texts: Mapping[str, str]) -> None:
        """Read variables.

        Args:
            texts: Them, the plugin's prefix cut off.
        """
        self.data: dict[str, Any] = {}
        self.set_by: dict[FieldPath, str] = {}
        self.problems: list[Problem] = []
        self._prefix = prefix_of(plugin)
        self._schema = schema
        readings = {name: _readings(schema, ALIASES[name][1] if name in ALIASES else name) for name in texts}
        # The shorter paths first: LIMITS='{...}' gives an object, and LIMITS__RPM a field of it.
        for name, found in sorted(readings.items(), key=lambda one: (max(map(len, one[1]), default=0), one[0])):
            self._take(name, texts[name], found)

    def name_of(self, path: FieldPath) -> str:
        """Return the name of the variable that sets a field."""
        return f"{self._prefix}{in_capitals(path)}"

    def _take(self, name: str, text: str, found: Mapping[FieldPath, Any]) -> None:
        if len(found) > 1:
            meanings = " or ".join(repr(dotted(path)) for path in found)
            self._wrong(name, f"could mean {meanings}: set it in the plugin's file instead")
        elif found:
            path, annotation = next(iter(found.items()))
            value = self._value(name, text, annotation)
            _put(self.data, path, value)
            self._note(path, annotation, value, self._called(name))
        else:
            self._take_unknown(name, text)

    def _take_unknown(self, name: str, text: str) -> None:
        """Plugins may have variables that are no configuration, and read them by `context.settings.environment`."""
        extra = self._schema.model_config.get("extra")
        hint = nearest(name, {in_capitals((key,)) for key in keys_of(self._schema)})
        if extra == "forbid":
            self._wrong(name, f"sets no field of the configuration{hint}")
        elif extra == "allow":
            self.data[name.lower()] = text
            self.set_by[name.lower(),] = self._prefix + name
        elif hint:
            logger.warning("variable %s%s sets no field of its plugin's configuration%s", self._prefix, name, hint)

    def _value(self, name: str, text: str, annotation: Any) -> Any:
        kinds = members(annotation)
        if text == "null" and str not in kinds and Any not in kinds:
            return None
        holds_others = entry_of(annotation) is not None or any(_is_model(kind) for kind in kinds)
        if holds_others and text.lstrip()[:1] in ("[", "{"):
            try:
                return json.loads(text)
            except (ValueError, RecursionError) as error:
                where = f" (column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
                self._wrong(name, f"begins like JSON and is none{where}")
        return text

    def _note(self, path: FieldPath, annotation: Any, value: Any, variable: str) -> None:
        model = model_of(annotation)
        if model is not None and isinstance(value, Mapping) and value:
            keys = keys_of(model)
            for name, inner in value.items():
                self._note((*path, name), keys[name].annotation if name in keys else None, inner, variable)
        else:
            self.set_by[path] = variable

    def _wrong(self, name: str, message: str) -> None:
        self.problems.append(Problem(f"variable {self._called(name)}", "", message))

    def _called(self, name: str) -> str:
        return name if name in ALIASES else f"{self._prefix}{name}"


def _may_be_of(plugin: str, variable: str) -> bool:
    """Return whether a variable can be a plugin's. No field begins with `_`: A_B__C is of `a`, not of `a-b`."""
    prefix = prefix_of(plugin)
    return variable.startswith(prefix) and variable[len(prefix) : len(prefix) + 1] not in ("", "_")


def _meaning(variable: str, plugin: str) -> str:
    return f"{variable.removeprefix(prefix_of(plugin)).lower()!r} of the plugin {plugin!r}"


def _readings(model: type[BaseModel], name: str) -> dict[FieldPath, Any]:
    """Return the fields that a variable's name can mean, by their path, with their types."""
    found: dict[FieldPath, Any] = {}
    for accepted, key in keys_of(model).items():
        for word in {in_capitals((accepted,)), in_capitals((key.field,))}:
            if name == word:
                found[key.name,] = key.annotation
            elif name.startswith(f"{word}__"):
                below = _readings_below(key.annotation, name.removeprefix(f"{word}__"))
                found.update({(key.name, *path): annotation for path, annotation in below.items()})
    return found


def _readings_below(annotation: Any, name: str) -> dict[FieldPath, Any]:
    model = model_of(annotation)
    if model is not None:
        return _readings(model, name)
    if not is_mapping(annotation) or not name:
        return {}
    entry = entry_of(annotation)
    key, separator, rest = name.partition("__")
    if separator and (model_of(entry) is not None or is_mapping(entry)):
        return {(key.lower(), *path): found for path, found in _readings_below(entry, rest).items()}
    return {(name.lower(),): entry}


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _put(target: dict[str, Any], path: FieldPath, value: Any) -> None:
    for part in path[:-1]:
        inner = target.get(str(part))
        if not isinstance(inner, dict):
            inner = target[str(part)] = {}
        target = inner
    target[str(path[-1])] = value
