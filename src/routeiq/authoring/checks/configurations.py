"""Configurations that a plugin's model allows: made from its fields' types, and kept if the model takes them."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError

MANY: Final = 40
"""Changes that are tried."""
_TEXTS: Final = ("", "x", "é\u200b\U0001f600", "[", "a" * 300)
_NUMBERS: Final = (0, 1, -1, 2, 1000, 0.5)


def words_of(config: Any) -> list[str]:
    """Return texts that a configuration speaks of: what is said to the plugin should have them in it."""
    if not isinstance(config, BaseModel):
        return []
    found: list[str] = []
    waiting = [config.model_dump(mode="json")]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and 2 < len(value) < 60 and "*****" not in value:
            found.append(value)
    return list(dict.fromkeys(found))[:5]


def changed_fields(config: BaseModel) -> Iterator[dict[str, Any]]:
    """Yield changes of one field each that validation allows."""
    model = type(config)
    made = 0
    for name, field in model.model_fields.items():
        key = field.validation_alias if isinstance(field.validation_alias, str) else field.alias or name
        for value in values_of(field.annotation):
            whole = {**config.model_dump(exclude_unset=True, by_alias=True), key: value}
            if made < MANY and value != getattr(config, name) and _is_valid(model, whole):
                made += 1
                yield {key: value}


def _is_valid(model: type[BaseModel], fields: dict[str, Any]) -> bool:
    try:
        model.model_validate(fields)
    except ValidationError:
        return False
    except Exception:  # noqa: BLE001 - a validator that fails otherwise refuses too, and is told by other rules
        return False
    return True


def values_of(annotation: Any) -> Iterator[Any]:
    """Yield values of a type, from its edges; none for a type that nothing is known of."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is bool:
        yield from (True, False)
    elif annotation is str:
        yield from _TEXTS
    elif annotation in (int, float):
        yield from (number for number in _NUMBERS if annotation is float or isinstance(number, int))
    elif origin is Literal:
        yield from arguments
    elif isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        yield from (one.value for one in annotation)
    elif origin in (list, tuple, set, frozenset):
        yield []
        for value in values_of(arguments[0] if arguments else str):
            yield [value]
            yield [value, value]
    elif origin is dict:
        yield {}
    elif annotation is type(None):
        yield None
    else:  # unions, Annotated, and whatever else consists of types
        for argument in arguments:
            yield from values_of(argument)
