"""Tables of what can be set: one for a pydantic model, and one for each model in it.

All that shows people the fields of a configuration is made of these: the pages of plugins, `routeiq plugin docs`, and
the reference of the settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from routeiq.core.json_schemas import config_schema
from routeiq.core.schemas import is_secret

from .schema_words import bounds_of, type_of


@dataclass(frozen=True, slots=True)
class Row:
    """One field.

    Attributes:
        name: By which data have it.
        type: In words, with its bounds.
        default: In Markdown; empty for what is empty or None, `required` where there is none.
        about: Its description.
    """

    name: str
    type: str
    default: str
    about: str


@dataclass(frozen=True, slots=True)
class FieldTable:
    """The fields of a model.

    Attributes:
        path: Where it stands in the whole, such as `rules[].match`; empty for the whole itself.
    """

    path: str
    rows: tuple[Row, ...]


def tables_of(model: type[BaseModel] | None) -> list[FieldTable]:
    """Return the table of a model and of each model in it, once each, in the order in which they are met."""
    if model is None:
        return []
    return list(_tables("", model, config_schema(model), set()))


def _tables(
    path: str, model: type[BaseModel], schema: Mapping[str, Any], seen: set[type[BaseModel]]
) -> Iterator[FieldTable]:
    seen.add(model)
    own = schema if not path else config_schema(model)
    shown = own.get("properties", {})
    names = {field: _name(field, info) for field, info in model.model_fields.items()}
    yield FieldTable(
        path,
        tuple(
            Row(names[field], _type(shown.get(names[field], {})), default_of(info), info.description or "")
            for field, info in model.model_fields.items()
        ),
    )
    for field, info in model.model_fields.items():
        for nested, step in models_in(info.annotation):
            if nested not in seen:
                yield from _tables(f"{path}.{names[field]}{step}".lstrip("."), nested, schema, seen)


def _type(schema: Any) -> str:
    return ", ".join(filter(None, (type_of(schema), bounds_of(schema))))


def _name(field: str, info: FieldInfo) -> str:
    return info.validation_alias if isinstance(info.validation_alias, str) else field


def models_in(annotation: Any, step: str = "") -> Iterator[tuple[type[BaseModel], str]]:
    """Yield the models in an annotation, and what leads to them: `[]` for an entry of a list, or `.<name>`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, step
        return
    origin = getattr(annotation, "__origin__", None)
    entry = isinstance(origin, type) and issubclass(origin, (list, tuple, set, frozenset))
    named = isinstance(origin, type) and issubclass(origin, Mapping)
    inner = "[]" if entry else ".<name>" if named else ""
    for argument in getattr(annotation, "__args__", ()):
        yield from models_in(argument, step + inner)


def default_of(field: FieldInfo) -> str:
    """Return a field's default in Markdown; secrets are not shown."""
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if default is None or (not default and default is not False and default != 0):
        return ""
    if is_secret(field.annotation):
        return "a secret"
    if _holds_models(default):
        return ""  # what it consists of has a table of its own
    if isinstance(default, set | frozenset):
        default = tuple(sorted(default, key=str))
    if isinstance(default, tuple):
        return ", ".join(f"`{entry}`" for entry in default)
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _holds_models(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_models, value.values()))
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(_holds_models, value))
    return isinstance(value, BaseModel)


def cell(text: str) -> str:
    """Return a text as it may stand in a cell of a Markdown table."""
    return " ".join(text.replace("|", "\\|").split())


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a Markdown table, an empty one at its end; cells are Markdown."""
    head = "|".join(f" {column} " if column else " " for column in columns)
    lines = [f"|{head}|", f"|{'|'.join(' --- ' for _ in columns)}|"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]
