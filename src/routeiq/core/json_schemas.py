"""The JSON Schema of a plugin's configuration, as people and programs are shown it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaWarningKind

from .config_trees import Secret, shown, tree_of_data
from .masking import names_secret


def config_schema(model: type[BaseModel] | None) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a configuration, by the names that data have for its fields.

    Defaults that are secrets are masked. A type that JSON Schema has no words for stands as one that takes anything.

    Args:
        model: None for a plugin that takes no configuration.
    """
    if model is None:
        return {"type": "object", "properties": {}, "additionalProperties": False}
    schema = model.model_json_schema(schema_generator=_Lenient, mode="validation")
    masked: dict[str, Any] = _without_secrets(schema, False)
    return masked


class _Lenient(GenerateJsonSchema):
    """Has a schema for everything, and does not warn of what it could not say."""

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> dict[str, Any]:
        del schema, error_info
        return {}

    def emit_warning(self, kind: JsonSchemaWarningKind, detail: str) -> None:
        del kind, detail


def _without_secrets(schema: Any, secret: bool) -> Any:
    """Return a schema with the examples and defaults of secrets masked.

    Args:
        secret: Whether it is of a field whose name, or that of one around it, says so.
    """
    if isinstance(schema, list):
        return [_without_secrets(inner, secret) for inner in schema]
    if not isinstance(schema, Mapping):
        return schema
    result = {}
    for name, value in schema.items():
        if name in ("default", "const", "example"):
            result[name] = _masked(value, secret)
        elif name in ("examples", "enum") and isinstance(value, list):
            result[name] = [_masked(inner, secret) for inner in value]
        elif name in ("properties", "$defs", "patternProperties") and isinstance(value, Mapping):
            result[name] = {
                field: _without_secrets(inner, name == "properties" and (secret or names_secret(field)))
                for field, inner in value.items()
            }
        else:
            result[name] = _without_secrets(value, secret)
    return result


def _masked(value: Any, secret: bool) -> Any:
    hidden = secret and value not in (None, "", [], {}) and not isinstance(value, bool)
    return shown(Secret(value) if hidden else tree_of_data(value))
