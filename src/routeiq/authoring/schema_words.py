"""JSON Schema in words: what a value may be, as people are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

_BOUNDS: Final[Mapping[str, str]] = {
    "minimum": "{} or more",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "length {} or more",
    "maxLength": "length at most {}",
    "minItems": "{} or more",
    "maxItems": "at most {}",
    "pattern": "matching `{}`",
}


def _last(name: str) -> str:
    return name


def type_of(schema: Any, *, named: Callable[[str], str] = _last, value: Callable[[Any], str] = str) -> str:
    """Return what a schema allows, in words.

    Args:
        schema: A JSON Schema, in which other schemas may be referred to.
        named: Says how a schema that is referred to is shown, by its name.
        value: Says how one of the values of a choice is shown.
    """
    if not isinstance(schema, Mapping) or not schema:
        return "any"
    if "$ref" in schema:
        return named(str(schema["$ref"]).rpartition("/")[2])
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            told = [type_of(choice, named=named, value=value) for choice in schema[key]]
            return " or ".join(dict.fromkeys(told))
    if "enum" in schema or "const" in schema:
        return ", ".join(map(value, schema.get("enum", [schema.get("const")])))
    return _plain(schema, named, value)


def _plain(schema: Mapping[str, Any], named: Callable[[str], str], value: Callable[[Any], str]) -> str:
    kind = schema.get("type", "any")
    told = " or ".join(map(str, kind)) if isinstance(kind, list) else "list" if kind == "array" else str(kind)
    if schema.get("items"):
        told = f"{told} of {type_of(schema['items'], named=named, value=value)}"
    inner = schema.get("additionalProperties")
    if isinstance(inner, Mapping) and inner:
        told = f"{told} of {type_of(inner, named=named, value=value)}"
    return told


def bounds_of(schema: Any) -> str:
    """Return the bounds of a value in words, such as `1 or more, at most 10`; empty where there are none."""
    if not isinstance(schema, Mapping):
        return ""
    told = [words.format(schema[key]) for key, words in _BOUNDS.items() if key in schema]
    for choice in schema.get("anyOf", ()):
        told += [bounds_of(choice)] if bounds_of(choice) else []
    return ", ".join(told)
