"""What pins fields: the files and variables that win over what operators set at run time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from .problems import FieldPath
from .schemas import keys_of, model_of


@dataclass(frozen=True, slots=True)
class PinningSource:
    """A source that wins over the overlay.

    Attributes:
        data: What it sets, by the names that documents have for fields.
        describe: Returns what to call it, for one of the fields that it sets.
    """

    data: Mapping[str, Any]
    describe: Callable[[FieldPath], str]


@dataclass(frozen=True, slots=True)
class Pins:
    """The sources that win over the overlay, the first of them first."""

    sources: tuple[PinningSource, ...] = ()

    def of(self, path: FieldPath) -> str | None:
        """Return what sets a field, or something below it; None if nothing does."""
        return next((source.describe(path) for source in self.sources if _holds(source.data, path)), None)


def _holds(data: Any, path: FieldPath) -> bool:
    for part in path:
        if not isinstance(data, Mapping):
            return True  # what stands for a whole model stands for each of its fields
        if part not in data:
            return False
        data = data[part]
    return True


def by_document_names(model: type[BaseModel], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return data for a model with its fields under the names that documents have for them, nested ones too."""
    keys = keys_of(model)
    found = {}
    for name, value in data.items():
        key = keys.get(name)
        inner = model_of(key.annotation) if key is not None else None
        nested = inner is not None and isinstance(value, Mapping)
        found[key.name if key is not None else name] = by_document_names(inner, value) if nested and inner else value
    return found
