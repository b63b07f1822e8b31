"""`when:` of an entry under `plugins:`: the requests and calls that an instance is narrowed to."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from .conditions import checked_condition, needs_of

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110 section 5.1


class Stage(enum.IntEnum):
    """When enough is known of a request to say whether an instance takes part: at entry, ..."""

    ENTRY = 0
    IDENTIFIED = 1
    ROUTED = 2


def _listed(value: object) -> object:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list | tuple):
        raise ValueError("must be a text or a list of texts; put it in quotes")
    if not value:
        raise ValueError("must name at least one; leave it out to have it hold for all")
    return value


def _pattern(value: str) -> str:
    if not value:
        raise ValueError("must not be empty; '*' stands for anything")
    return value


def _path(value: str) -> str:
    if not value.startswith(("/", "*")):
        raise ValueError(f"paths begin with '/': did you mean '/{value}'?")
    return value


def _header(name: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a header")
    return name.lower()


Pattern = Annotated[str, AfterValidator(_pattern)]
Patterns = Annotated[tuple[Pattern, ...], BeforeValidator(_listed)]
Paths = Annotated[tuple[Annotated[Pattern, AfterValidator(_path)], ...], BeforeValidator(_listed)]
HeaderName = Annotated[str, AfterValidator(_header)]
ConditionText = Annotated[str, AfterValidator(checked_condition)]


class When(BaseModel):
    """The requests and calls that an instance is narrowed to. All parts that are given must hold.

    A part may be a list, of which one entry has to match; in an entry `*` stands for any number of characters.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Paths | None = Field(default=None, description="Paths of requests, such as `/v1/*`.")
    model: Patterns | None = Field(default=None, description="Models that clients ask for, such as `gpt-4*`.")
    key: Patterns | None = Field(
        default=None, description="Ids that authentication finds for clients: those of API keys, subjects of tokens."
    )
    header: Mapping[HeaderName, Patterns] = Field(
        default_factory=dict,
        description="Values of request headers, by name; of each header that is named one must match.",
    )
    condition: ConditionText | None = Field(
        default=None,
        description="An expression in CEL over request, principal, model, api and stream; needs `routeiq[cel]`.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set or not self.told():
            raise ValueError(
                f"narrows to nothing: give at least one of {', '.join(When.model_fields)}, or leave it out"
            )
        return self

    def told(self) -> dict[str, Any]:
        """Return the parts that are given, as JSON has them."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @property
    def needs(self) -> frozenset[str]:
        """What the condition refers to; empty without one."""
        return frozenset() if self.condition is None else needs_of(self.condition)

    @property
    def stage(self) -> Stage:
        """When enough is known to say whether it holds."""
        if self.model is not None or self.needs & {"model", "api", "stream"}:
            return Stage.ROUTED
        return Stage.IDENTIFIED if self.key is not None or "principal" in self.needs else Stage.ENTRY

    @property
    def is_about_requests(self) -> bool:
        """Whether it can only hold within an HTTP request."""
        parts = self.path or self.key or self.header or self.needs & {"request", "principal"}
        return bool(parts)

    @property
    def late_parts(self) -> tuple[str, ...]:
        """The parts that are not known yet when a request comes in."""
        parts = [name for name in ("model", "key") if getattr(self, name) is not None]
        if self.needs - {"request"}:
            parts.append("condition")
        return tuple(parts)
