"""Reads the shape of pydantic models: which keys they take, and what lies below a key."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AliasChoices, AliasPath, BaseModel, RootModel


@dataclass(frozen=True, slots=True)
class Key:
    """A field of a model as data names it.

    Attributes:
        name: The key that we write: the alias where the model validates by it, else the field's name.
        field: The field's name in Python.
        annotation: Its type.
    """

    name: str
    field: str
    annotation: Any


def keys_of(model: type[BaseModel]) -> dict[str, Key]:
    """Return every key that a model takes; a field with several aliases stands under each of them."""
    config = model.model_config
    found: dict[str, Key] = {}
    for field, info in model.model_fields.items():
        names = _aliases(info.validation_alias)
        if not names or config.get("populate_by_name") or config.get("validate_by_name"):
            names.append(field)
        key = Key(names[0], field, info.annotation)
        found.update((name, key) for name in names)
    return found


def _aliases(alias: str | AliasPath | AliasChoices | None) -> list[str]:
    choices = alias.choices if isinstance(alias, AliasChoices) else [] if alias is None else [alias]
    names = [choice.path[0] if isinstance(choice, AliasPath) else choice for choice in choices]
    return [name for name in names if isinstance(name, str)]


def members(annotation: Any) -> list[Any]:
    """Return the types that an annotation stands for, without None: one, or the members of a union."""
    while hasattr(annotation, "__value__"):  # an alias made by `type X = ...`
        annotation = annotation.__value__
    if get_origin(annotation) is Annotated:
        return members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [one for argument in get_args(annotation) for one in members(argument)]
    return [] if annotation in (None, type(None)) else [annotation]


def model_of(annotation: Any) -> type[BaseModel] | None:
    """Return the one model whose keys stand where this annotation is, or None if there is none or a choice."""
    found = members(annotation)
    if len(found) == 1 and isinstance(found[0], type) and issubclass(found[0], BaseModel):
        return None if issubclass(found[0], RootModel) else found[0]
    return None


def entry_of(annotation: Any) -> Any:
    """Return the type of a collection's entries (of a mapping's values), or None if it is no collection."""
    for one in members(annotation):
        kind = get_origin(one) or one
        arguments = get_args(one)
        if not isinstance(kind, type) or issubclass(kind, str | bytes):
            continue
        if issubclass(kind, Mapping):
            return arguments[1] if len(arguments) == 2 else Any
        if issubclass(kind, Sequence | AbstractSet):
            return arguments[0] if arguments else Any
    return None


def is_mapping(annotation: Any) -> bool:
    """Return whether an annotation is a mapping with free keys."""
    found = members(annotation)
    kind = get_origin(found[0]) or found[0] if len(found) == 1 else None
    return isinstance(kind, type) and issubclass(kind, Mapping)


def is_secret(annotation: Any) -> bool:
    """Return whether a field of this type is declared to be a secret."""
    # What SecretStr, SecretBytes and Secret[...] have in common.
    return any(hasattr(get_origin(one) or one, "get_secret_value") for one in members(annotation))


def step(annotation: Any, part: str | int) -> Any:
    """Return the annotation one step further along a path of keys and indices, or None where that is unknown."""
    model = model_of(annotation)
    if model is not None:
        key = keys_of(model).get(str(part))
        return key.annotation if key is not None else None
    return entry_of(annotation)
