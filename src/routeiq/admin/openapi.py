"""The OpenAPI document (3.1), made of the table of operations and the models of what they answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from routeiq.core.version import host_version

from .bodies import LARGEST
from .models import ErrorDocument
from .operations import Body, Operation, Result
from .requests import Parameter

REFERENCES: Final = "#/components/schemas/{model}"
FREE: Final[Mapping[str, Any]] = {"type": "object", "additionalProperties": True}

_FAILURES: Final = {
    401: "There is no valid token.",
    429: "Too many wrong tokens came from this address.",
}
_NO_PLUGIN: Final = "There is no such plugin; the message has the nearest name."
_PARTS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "name": ("A plugin's name, such as `rate-limit`, or `rate-limit%23free` for a named instance.", {"type": "string"}),
    "version": ("A version of the operator's state.", {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}),
}


def openapi(operations: Iterable[Operation], prefix: str, plugins: Iterable[str] = ()) -> dict[str, Any]:
    """Return the document.

    Args:
        prefix: What the operations' paths stand below.
        plugins: Names of plugins, as examples.
    """
    operations = tuple(operations)
    used = (part.model for one in operations for part in (one.result, one.body) if part is not None)
    models = {model.__name__: model for model in (ErrorDocument, *used) if model is not None}
    kinds: list[tuple[Any, Literal["validation"]]] = [(models[name], "validation") for name in sorted(models)]
    _, definitions = models_json_schema(kinds, ref_template=REFERENCES)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(prefix + operation.path, {})[operation.method.lower()] = _operation(operation, list(plugins))
    return {
        "openapi": "3.1.0",
        "info": {"title": "RouteIQ admin API", "version": host_version(), "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation, plugins: list[str]) -> dict[str, Any]:
    parts = re.findall(r"{(\w+)}", operation.path)
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description,
        "tags": [operation.path.split("/")[1].partition(".")[0]],
        "parameters": [
            *(_part(name, plugins) for name in parts),
            *(_parameter(one, "query") for one in operation.query),
            *(_parameter(one, "header") for one in operation.headers),
        ],
        "responses": _responses(operation, "name" in parts),
    }
    if operation.body is not None:
        found["requestBody"] = _body(operation.body)
    return found


def _part(name: str, plugins: list[str]) -> dict[str, Any]:
    description, schema = _PARTS[name]
    part = {"name": name, "in": "path", "required": True, "description": description, "schema": schema}
    if name == "name" and plugins:
        part["examples"] = {plugin: {"value": plugin} for plugin in plugins}
    return part


def _parameter(parameter: Parameter, where: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": parameter.type}
    if parameter.type == "integer":
        schema |= {"minimum": parameter.low, "maximum": parameter.high}
    if parameter.default is not None:
        schema["default"] = parameter.default
    return {"name": parameter.name, "in": where, "description": parameter.description, "schema": schema}


def _body(body: Body) -> dict[str, Any]:
    content = {media_type: {"schema": _schema(body.model)} for media_type in body.media_types}
    return {"required": True, "description": body.description, "content": content}


def _responses(operation: Operation, names_plugin: bool) -> dict[str, Any]:
    failures = {**_FAILURES, **({404: _NO_PLUGIN} if names_plugin else {}), **operation.failures}
    if operation.writes:
        failures[403] = "The token may only read."
        failures[503] = "The store, or a worker, does not answer. Nothing is known to be changed."
    if operation.query or operation.writes:
        failures.setdefault(422, "A parameter cannot be.")
    if operation.body is not None:
        failures |= {
            400: "The body is no JSON, or cannot be kept.",
            413: f"The body is over {LARGEST} bytes.",
            415: "The body is of another media type.",
        }
    error = {"application/json": {"schema": _schema(ErrorDocument)}}
    found = {str(status): {"description": text, "content": error} for status, text in failures.items()}
    if "ETag" in operation.result.headers and operation.method == "GET":
        found["304"] = {"description": "It is what if-none-match says."}
    return dict(sorted({"200": _result(operation.result), **found}.items()))


def _result(result: Result) -> dict[str, Any]:
    schema = {"type": "string"} if result.media_type.startswith("text/") else _schema(result.model)
    found: dict[str, Any] = {"description": result.description, "content": {result.media_type: {"schema": schema}}}
    if result.headers:
        found["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in result.headers.items()
        }
    return found


def _schema(model: type[BaseModel] | None) -> Mapping[str, Any]:
    return FREE if model is None else {"$ref": REFERENCES.format(model=model.__name__)}


_DESCRIPTION = """Look at a gateway's plugins, and change them while it serves.

Every request shows a token of the admin API; one of the role `read` may only read. A change is in force in all workers
of the gateway when the answer comes, or nowhere. Replicas that share the store follow; with `prefer: wait=N` (or
`?wait=N`) the answer waits up to N seconds for them, and in any case it tells who has the change. Secrets are masked; a
mask that is sent back leaves the secret as it is."""
