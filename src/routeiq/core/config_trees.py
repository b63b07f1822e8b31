"""Configurations as trees of what JSON can hold, in which secrets stand marked: to be shown, and to be edited.

A secret is what its type says (`SecretStr` and the like) or its name, as in `masking`. A tree's keys are those that
data for the model have, not the names of its fields in Python.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, RootModel, TypeAdapter

from .masking import MASK, names_secret, without_passwords
from .schemas import entry_of, is_secret, keys_of, members

Tree = Any
"""What JSON can hold, with a `Secret` in the place of each secret."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that nobody is shown; `value` is what JSON can hold."""

    value: Any


def tree_of(model: BaseModel) -> dict[str, Tree]:
    """Return the tree of a validated configuration."""
    return _fields(model, _dumped(model), False)


def tree_of_data(data: Any, *annotations: Any) -> Tree:
    """Return the tree of data that is not validated, or cannot be.

    Args:
        annotations: The types that it may be of.
    """
    return _of_data(data, annotations, False)


def shown(tree: Tree) -> Any:
    """Return what people may see of a tree: secrets masked, passwords in URLs too."""
    if isinstance(tree, Secret):
        return MASK
    if isinstance(tree, dict):
        return {name: shown(inner) for name, inner in tree.items()}
    if isinstance(tree, list):
        return [shown(inner) for inner in tree]
    return without_passwords(tree) if isinstance(tree, str) else tree


def revealed(tree: Tree) -> Any:
    """Return a tree's values, secrets too."""
    if isinstance(tree, Secret):
        return tree.value
    if isinstance(tree, dict):
        return {name: revealed(inner) for name, inner in tree.items()}
    if isinstance(tree, list):
        return [revealed(inner) for inner in tree]
    return tree


def same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal; unlike Python, JSON knows truth from the number 1."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and one == other


def _fields(model: BaseModel, dumped: Any, secret: bool) -> dict[str, Tree]:
    names = {key.field: key.name for key in keys_of(type(model)).values()}
    parts = dumped if isinstance(dumped, Mapping) else {}
    found = {}
    for field in (*type(model).model_fields, *(model.model_extra or ())):
        name = names.get(field, field)
        hidden = secret or names_secret(name) or names_secret(field)
        found[name] = _tree(getattr(model, field), parts.get(field), hidden)
    return found


def _tree(value: Any, dumped: Any, secret: bool) -> Tree:
    """Return the tree of one value.

    Args:
        dumped: What its model's own serializer makes of it; None if there is none, or it is None.
    """
    if hasattr(value, "get_secret_value"):
        return _marked(_plain(value.get_secret_value(), None), True)
    if isinstance(value, RootModel):
        return _tree(value.root, dumped, secret)
    if isinstance(value, BaseModel):
        return _fields(value, _dumped(value) if dumped is None else dumped, secret)
    if dataclasses.is_dataclass(value) and not isinstance(value, type) and isinstance(dumped, Mapping | None):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping) and _fits(dumped, Mapping, value):
        names = [str(name) for name in (value if dumped is None else dumped)]
        parts = [None] * len(value) if dumped is None else dumped.values()
        return {
            name: _tree(inner, part, secret or names_secret(name))
            for name, inner, part in zip(names, value.values(), parts, strict=True)
        }
    if isinstance(value, list | tuple | AbstractSet) and _fits(dumped, list, value):
        parts = [None] * len(value) if dumped is None else dumped
        entries = [_tree(inner, part, False) for inner, part in zip(value, parts, strict=True)]
        if isinstance(value, AbstractSet):  # whose order is another one in each process
            entries.sort(key=lambda entry: json.dumps(revealed(entry), sort_keys=True))
        return _marked(entries, secret)
    return _of_data(_plain(value, dumped), (), secret)


def _fits(dumped: Any, kind: type[Mapping[Any, Any] | list[Any]], value: Any) -> bool:
    """Return whether what a serializer made of a collection still has an entry for each of its entries."""
    return dumped is None or (isinstance(dumped, kind) and len(dumped) == len(value))


def _of_data(data: Any, annotations: Iterable[Any], secret: bool) -> Tree:
    kinds = [member for annotation in annotations for member in members(annotation)]
    secret = secret or any(is_secret(kind) for kind in kinds)
    entries = [entry_of(kind) for kind in kinds]
    if isinstance(data, list | tuple):
        return _marked([_of_data(value, entries, False) for value in data], secret)
    if not isinstance(data, Mapping):
        return _marked(_plain(data, None), secret)
    models = [keys_of(kind) for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
    found = {}
    for name, value in data.items():
        keys = [keys[name] for keys in models if name in keys]
        types = [key.annotation for key in keys] or entries
        hidden = secret or any(map(names_secret, (str(name), *(key.field for key in keys))))
        found[keys[0].name if keys else str(name)] = _of_data(value, types, hidden)
    return found


def _marked(tree: Tree, secret: bool) -> Tree:
    """Return a tree, or the secret that it is. What is empty, and a switch, say only whether there is a secret."""
    if not secret or isinstance(tree, bool) or tree in (None, "", []):
        return tree
    return Secret(revealed(tree))


def _plain(value: Any, dumped: Any) -> Any:
    """Return a leaf as JSON has it: as its serializer wrote it, or as well as can be."""
    if dumped is None and value is not None:
        dumped = _jsonable(value)
    if isinstance(dumped, Mapping):
        return {str(name): _plain(inner, inner) for name, inner in dumped.items()}
    if isinstance(dumped, list | tuple):
        return [_plain(inner, inner) for inner in dumped]
    if isinstance(dumped, float) and not math.isfinite(dumped):
        return "NaN" if math.isnan(dumped) else "Infinity" if dumped > 0 else "-Infinity"
    return dumped


def _jsonable(value: Any) -> Any:
    try:
        return TypeAdapter(Any).dump_python(value, mode="json", warnings=False)
    except ValueError:  # a type of its own, or bytes that are no text
        return str(value)


def _dumped(model: BaseModel) -> Any:
    """Return what a model's serializers make of it; None if they fail: they can be foreign code."""
    try:
        return model.model_dump(mode="json", by_alias=False, warnings=False)
    except Exception:  # noqa: BLE001 - whatever they raise, the fields are then read one by one
        return None
