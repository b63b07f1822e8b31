"""The operations of the admin API: one table, from which requests are routed and the OpenAPI document is made."""

from __future__ import annotations

import difflib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import BaseModel

from .answers import Answer, Refusal
from .requests import AdminRequest, Parameter


class Sendable(Protocol):
    """An answer that knows how to be sent: `Answer`, or a stream."""

    async def send(self, send: Any, *, head: bool = False) -> None: ...


Handler = Callable[[AdminRequest], Awaitable[Sendable]]


@dataclass(frozen=True, slots=True)
class Body:
    """What an operation takes as its body.

    Attributes:
        media_types: Those that it may be of.
        model: Its schema; None: an object whose fields another schema says.
    """

    media_types: tuple[str, ...]
    description: str
    model: type[BaseModel] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What an operation answers when all is well.

    Attributes:
        model: The schema of the document; None: an object whose fields another schema says.
        media_type: Of what is sent.
        headers: Those that it carries, with their meaning.
    """

    description: str
    model: type[BaseModel] | None = None
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method at one path.

    Attributes:
        path: Below the prefix, with `{name}` for parts that vary.
        writes: Whether it needs the role `write`.
        query: The parameters that it takes.
        failures: The statuses of errors beside those that any operation may answer, with their meaning.
    """

    method: str
    path: str
    handler: Handler
    name: str
    summary: str
    result: Result
    description: str = ""
    writes: bool = False
    query: tuple[Parameter, ...] = ()
    headers: tuple[Parameter, ...] = ()
    body: Body | None = None
    failures: Mapping[int, str] = field(default_factory=dict)


class Table:
    """Operations by path and method."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = tuple(operations)
        paths: dict[str, dict[str, Operation]] = {}
        for operation in operations:
            paths.setdefault(operation.path, {})[operation.method] = operation
        self._paths = [(_pattern(path), methods) for path, methods in paths.items()]

    def find(self, method: str, path: str) -> tuple[Operation, Mapping[str, str]]:
        """Return the operation for a request, and the parts of its path that vary.

        Raises:
            Refusal: 404 for a path that is none, 405 for a method that it does not have.
        """
        for pattern, methods in self._paths:
            match = pattern.fullmatch(path)
            if match is not None:
                operation = methods.get("GET" if method == "HEAD" else method)
                if operation is None:
                    allowed = _allowed(methods)
                    raise Refusal(405, f"Use {allowed} here.", "method_not_allowed", headers={"allow": allowed})
                return operation, match.groupdict()
        raise Refusal(404, f"There is nothing here{self._hint(path)}: see openapi.json.", "not_found")

    def options(self, path: str) -> Answer:
        """Return the answer to OPTIONS. Raises Refusal (404) for a path that is none."""
        for pattern, methods in self._paths:
            if pattern.fullmatch(path):
                headers = {"allow": _allowed(methods)}
                if "PATCH" in methods:
                    headers["accept-patch"] = ", ".join(
                        methods["PATCH"].body.media_types if methods["PATCH"].body else ()
                    )
                return Answer(204, headers=headers)
        raise Refusal(404, f"There is nothing here{self._hint(path)}: see openapi.json.", "not_found")

    def _hint(self, path: str) -> str:
        known = [operation.path for operation in self.operations if "{" not in operation.path]
        near = difflib.get_close_matches(path, known, 1)
        return f"; did you mean {near[0]!r}?" if near else ""


def _pattern(path: str) -> re.Pattern[str]:
    """Return what fits a path's parts that vary: a version is a number, and a name whatever has no slash."""

    def part(match: re.Match[str]) -> str:
        return f"(?P<{match[1]}>{'[0-9]{1,18}' if match[1] == 'version' else '[^/]+'})"

    return re.compile(re.sub(r"\\{(\w+)\\}", part, re.escape(path)))


def _allowed(methods: Mapping[str, Operation]) -> str:
    return ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])
