"""What a plugin says of itself: its metadata, its capabilities, and the model of its configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from routeiq_plugin_sdk import PluginCapability, PluginMetadata

from routeiq.core.errors import RouteIQError
from routeiq.core.registration import Inspected
from routeiq.core.schemas import is_secret

from ..descriptions import inspected_as_here, load_plugin, place_of
from ..field_tables import models_in

_SECRET: Final = re.compile(r"(^|_)(password|passwd|secret|token|api_?key|private_?key|credentials?)$", re.IGNORECASE)
# Capabilities that a plugin may declare without a hook of its own that needs them: what it does shows elsewhere.
_BY_NATURE: Final = frozenset({PluginCapability.OBSERVABILITY_EXPORTER})

Noted = tuple[str, str, str | None]
"""Rule, message and hook."""


def noted(
    plugin: Any, entry_point: str | None, facts: Mapping[str, str | None]
) -> tuple[Inspected | None, list[Noted]]:
    """Return a plugin as the gateway would register it, and what is wrong with what it says of itself.

    Args:
        entry_point: Its name, or None where there is none.
        facts: What its distribution's metadata says.
    """
    try:
        inspected = inspected_as_here(plugin, facts)
    except RouteIQError as error:
        return None, [("refused", str(error), getattr(error, "hook", None))]
    return inspected, [*_of_metadata(inspected, entry_point, facts), *_of_config(inspected.metadata.config_schema)]


def _of_metadata(inspected: Inspected, entry_point: str | None, facts: Mapping[str, str | None]) -> Iterator[Noted]:
    metadata: PluginMetadata = inspected.metadata
    if entry_point is not None and metadata.name != entry_point:
        message = f"metadata.name is {metadata.name!r}, and the entry point {entry_point!r}: give both the same name"
        yield "name-differs", message, None
    released = facts.get("version")
    if metadata.version is None:
        yield "no-version", "there is no version: set metadata.version, or package it", None
    elif released and metadata.version != released:
        message = (
            f"metadata.version is {metadata.version}, and the distribution's {released}: leave out metadata.version"
        )
        yield "version-differs", message, None
    if not metadata.description:
        yield "no-description", "there is no description: set metadata.description, or the project's", None
    if metadata.gateway_compat is None:
        yield "no-compatibility", "metadata.gateway_compat is not set: say for example '>=0.1,<1'", None
    needed = [implementation.phase.requires for implementation in inspected.implementations.values()]
    for capability in sorted(metadata.capabilities - _BY_NATURE):
        if not any(capability in requires for requires in needed):
            message = f"it declares PluginCapability.{capability.name} and has no hook that needs it: leave it out"
            yield "unused-capability", message, None


def _of_config(model: type[BaseModel] | None) -> Iterator[Noted]:
    if model is None:
        return
    for one in _all_models(model, []):
        for name, field in one.model_fields.items():
            where = f"{one.__name__}.{name}"
            if not field.description:
                yield "no-field-description", f"{where} has no description: Field(description=...)", None
            if _SECRET.search(name) and _is_plain_text(field.annotation):
                yield "plain-secret", f"{where} is {_named(field.annotation)}: declare it as SecretStr", None
    required = [name for name, field in model.model_fields.items() if field.is_required()]
    for name in required:
        yield "no-default", f"{model.__name__}.{name} has no default: no configuration must be one that works", None
    if not required:
        try:
            model.model_validate(model().model_dump())
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or model.__name__
            yield "default-invalid", f"the default of {where} is refused by its own validation: {first['msg']}", None
        except Exception as error:  # noqa: BLE001 - a validator is foreign code
            yield "default-invalid", f"the defaults of {model.__name__} cannot be validated: {error!r}", None


def _all_models(model: type[BaseModel], found: list[type[BaseModel]]) -> list[type[BaseModel]]:
    """Return a model and all models in it, once each."""
    if model not in found:
        found.append(model)
        for field in model.model_fields.values():
            for nested, _ in models_in(field.annotation):
                _all_models(nested, found)
    return found


def _is_plain_text(annotation: Any) -> bool:
    """Return whether a type holds text that is shown as it is."""
    return not is_secret(annotation) and bool({str, bytes} & {annotation, *_arguments(annotation)})


def _arguments(annotation: Any) -> Iterator[Any]:
    for argument in getattr(annotation, "__args__", ()):
        yield argument
        yield from _arguments(argument)


def _named(annotation: Any) -> str:
    return getattr(annotation, "__name__", None) or str(annotation)


def declared_by(reference: str, entry_point: str | None, facts: Mapping[str, str | None]) -> dict[str, Any]:
    """Import a plugin, and return what it says of itself; for a process of its own.

    Returns:
        `name`, None for a plugin that would be refused; `version`; and `notes`, each with rule, message and hook.
    """
    plugin = load_plugin(reference)
    inspected, notes = noted(plugin, entry_point, facts)
    if inspected is None and entry_point is None and isinstance(plugin, ModuleType):
        notes = [(rule, f"{message}{_inside(plugin)}", hook) for rule, message, hook in notes]
    return {
        "name": None if inspected is None else inspected.metadata.name,
        "version": None if inspected is None else inspected.metadata.version,
        "hooks": [] if inspected is None else list(inspected.implementations),
        "places": {} if inspected is None else dict(_places(inspected)),
        "notes": [{"rule": rule, "message": message, "hook": hook} for rule, message, hook in notes],
    }


def _inside(module: ModuleType) -> str:
    """Return what to say of plugins that a module has, and is not."""
    found = [
        name
        for name, one in vars(module).items()
        if isinstance(getattr(one, "metadata", None), PluginMetadata)
        and getattr(one, "__module__", None) == module.__name__
    ]
    file = Path(module.__file__ or module.__name__).name
    return f"; to check what is in it, name {' or '.join(f'{file}:{name}' for name in found)}" if found else ""


def _places(inspected: Inspected) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield the file and line of each hook."""
    for name, implementation in inspected.implementations.items():
        place = place_of(implementation)
        if place is not None:
            yield name, place
