"""A request of the admin API as its handlers see it: who asks, the parts of the path, parameters that are checked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from starlette.datastructures import Headers, QueryParams

from routeiq.core.problems import nearest
from routeiq.gateway.access import Identity

from .answers import Refusal
from .bodies import read_object

LONGEST_WAIT: Final = 60
"""Seconds that a request may wait for others to have a change."""

_PREFERENCE: Final = re.compile(r'\s*wait\s*=\s*"?(\d{1,9})"?\s*(;.*)?')


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation, in the query or in a header.

    Attributes:
        low: The lowest number; for an integer.
        high: The highest.
        default: What holds without it, for people.
    """

    name: str
    description: str
    type: Literal["integer", "string"] = "string"
    low: int = 0
    high: int = 2**63 - 1
    default: int | None = None


WAIT: Final = Parameter(
    "wait", "Seconds to wait until every worker and replica has the change; so does the header `prefer: wait=N`.",
    "integer", high=LONGEST_WAIT,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wait:
    """For how many seconds the client wants to wait, and whether it said so as a preference (RFC 7240)."""

    seconds: int = 0
    preferred: bool = False

    @property
    def headers(self) -> Mapping[str, str]:
        """What tells the client that its preference was heeded."""
        return {"preference-applied": f"wait={self.seconds}"} if self.preferred else {}


class AdminRequest:
    """One request.

    Attributes:
        method: Its method.
        identity: Who asks.
        parts: The parts of the path that vary.
        headers: Its headers.
        receive: The ASGI channel of its body, and of the news that the client left.
    """

    def __init__(
        self, scope: Any, receive: Any, identity: Identity, parts: Mapping[str, str], query: Sequence[Parameter]
    ) -> None:
        """Make it.

        Raises:
            Refusal: 422 for a parameter that does not exist, stands twice, or has a value that cannot be.
        """
        self.method: str = scope["method"]
        self.identity = identity
        self.parts = parts
        self.headers = Headers(scope=scope)
        self.receive = receive
        self._query = _checked(QueryParams(scope.get("query_string", b"")), query)

    def integer(self, name: str) -> int | None:
        """Return a number of the query, or None if it is not given."""
        value = self._query.get(name)
        return None if value is None else int(value)

    def text(self, name: str) -> str | None:
        """Return a text of the query, or None if it is not given."""
        return self._query.get(name)

    @cached_property
    def wait(self) -> Wait:
        """For how long to wait for others; the query counts before the header, which is only a preference."""
        seconds = self.integer(WAIT.name)
        if seconds is not None:
            return Wait(seconds)
        for preference in ",".join(self.headers.getlist("prefer")).split(","):
            match = _PREFERENCE.fullmatch(preference.lower())
            if match is not None:
                return Wait(min(int(match[1]), LONGEST_WAIT), preferred=True)
        return Wait()

    async def object(self, media_types: Collection[str]) -> dict[str, Any]:
        """Return the JSON object in the body. Raises Refusal as `read_object` does."""
        return await read_object(self.receive, self.headers, media_types)


def _checked(given: QueryParams, parameters: Sequence[Parameter]) -> dict[str, str]:
    known = {parameter.name: parameter for parameter in parameters}
    found: dict[str, str] = {}
    for name, value in given.multi_items():
        parameter = known.get(name)
        if parameter is None:
            there_are = f" There are: {', '.join(known)}." if known else " There are none here."
            raise _wrong(name, f"There is no parameter {name!r}{nearest(name, known) or '.'}{there_are}")
        if name in found:
            raise _wrong(name, f"The parameter {name!r} stands twice.")
        if parameter.type == "integer" and not _is_number(value, parameter):
            raise _wrong(name, f"{name} must be a number from {parameter.low} to {parameter.high}.")
        found[name] = value
    return found


def _is_number(value: str, parameter: Parameter) -> bool:
    plain = value.isascii() and value.isdecimal() and len(value) <= 19
    return plain and parameter.low <= int(value) <= parameter.high


def _wrong(name: str, message: str) -> Refusal:
    return Refusal(422, message, "invalid_parameter", param=name)
