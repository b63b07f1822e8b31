"""Says what is wrong with a configuration in words: pydantic's findings, with the nearest right word added.

Messages never show the value that is wrong, since it may be a secret; a suggestion is always a word of ours.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from .errors import Problem
from .schemas import keys_of, members, model_of, step

FieldPath: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys, and indices of lists."""

_SCALARS_OF_YAML = (bool, int, float, dt.date)


def nearest(word: str, words: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` with the nearest of the words, or nothing if none is near."""
    found = difflib.get_close_matches(word, list(words), 1)
    return f"; did you mean {found[0]!r}?" if found else ""


def problems_of(error: ValidationError, model: type[BaseModel], source: str) -> list[Problem]:
    """Return what pydantic found wrong with data for a model, as problems of one source."""
    return [Problem(source, dotted(path), message) for path, message in findings(error, model)]


def findings(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[FieldPath, str]]:
    """Yield what pydantic found wrong: the path of keys and indices in the data, and the message."""
    seen = set()
    for detail in error.errors(include_url=False):
        path = _path(model, detail["loc"])
        finding = path, _message(detail, path, model)
        if finding not in seen:  # the members of a union may say the same
            seen.add(finding)
            yield finding


def dotted(path: FieldPath) -> str:
    """Return a path as people write it: `hooks.request.timeout`."""
    return ".".join(map(str, path))


def unknown_key(key: str, known: Iterable[str]) -> str:
    """Return the message about a key that does not exist."""
    known = sorted(known)
    there_are = f" There are: {', '.join(known)}." if known else " There are no keys here."
    return f"there is no such key{nearest(key, known) or '.'}{there_are}"


def _message(detail: Any, path: FieldPath, model: type[BaseModel]) -> str:
    kind, text = detail["type"], str(detail["msg"])
    if kind == "extra_forbidden":
        return unknown_key(str(path[-1]), _keys_at(model, path[:-1]))
    if kind == "missing":
        return "is required"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return "must hold keys and values"
    text = re.sub(r"^(Value error|Assertion failed), ", "", text)
    text = re.sub(r"^Input should ", "must ", text)
    if kind in ("literal_error", "enum"):
        return text + nearest(str(detail["input"]), re.findall(r"'([^']*)'", text))
    if kind == "string_type" and isinstance(detail["input"], _SCALARS_OF_YAML):
        return f"{text}: put it in quotes"
    return text


def _path(model: type[BaseModel], location: FieldPath) -> FieldPath:
    """Return a location of pydantic's without the marks that are no keys: names of a union's members, `[key]`."""
    annotation: Any = model
    path: list[str | int] = []
    choosing = False
    for part in location:
        if choosing:
            choosing = False
            annotation = _member(annotation, part)
            continue
        if part == "[key]":
            continue
        path.append(part)
        annotation = step(annotation, part)
        choosing = len(members(annotation)) > 1
    return tuple(path)


def _member(union: Any, label: str | int) -> Any:
    """Return the member of a union that pydantic means by its label, as far as the label is a name."""
    for one in members(union):
        if getattr(one, "__name__", None) == label or str(one).replace("typing.", "") == label:
            return one
    return None


def _keys_at(model: type[BaseModel], path: FieldPath) -> list[str]:
    annotation: Any = model
    for part in path:
        annotation = step(annotation, part)
    found = model_of(annotation)
    return list(keys_of(found)) if found is not None else []
