"""What an operator can set of `authorization`."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from .rules import Effect, Judge, Patterns
from .rules import Rule as CompiledRule

Pattern = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Method = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,20}$")]


class Rule(BaseModel):
    """One rule. What it does not name it does not ask."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", description="Its name, in logs and figures.")
    effect: Effect = Field(default="allow", description="What it says of whatever it fits: `allow` or `deny`.")
    roles: frozenset[Name] | None = Field(
        default=None, max_length=1000, description="Whom it is about: clients with one of these roles."
    )
    principals: frozenset[Name] | None = Field(
        default=None,
        max_length=10_000,
        description="Whom it is about: clients with these ids, beside those with the roles; with neither, all who are "
        "known.",
    )
    anonymous: bool = Field(default=False, description="Whether it is about clients too whom nobody knows.")
    paths: tuple[Pattern, ...] | None = Field(
        default=None,
        max_length=100,
        description="Paths that it is about, such as `/v1/chat/completions` or `/v1/*`; `*` is any text.",
    )
    methods: frozenset[Method] | None = Field(
        default=None, description="Methods that it is about, such as `GET`; `WEBSOCKET` is a handshake."
    )
    models: tuple[Pattern, ...] | None = Field(
        default=None, max_length=1000, description="Models that it is about, such as `gpt-*`, in the form of `paths`."
    )

    @field_validator("paths")
    @classmethod
    def _paths(cls, paths: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for path in paths or ():
            if not path.startswith(("/", "*")):
                raise ValueError(f"{path!r} must begin with '/' or '*'")
        return paths

    @field_validator("roles", "principals", "paths", "methods", "models")
    @classmethod
    def _not_empty(cls, value: object) -> object:
        if value is not None and not value:
            raise ValueError("is empty, so that the rule would never fit: leave it out, or name something")
        return value

    def compiled(self) -> CompiledRule:
        """Return the rule as it is applied."""
        return CompiledRule(
            self.name, self.effect,
            None if self.paths is None else Patterns(self.paths), self.methods,
            None if self.models is None else Patterns(self.models), self.principals, self.roles, self.anonymous,
        )  # fmt: skip


class Config(BaseModel):
    """What an operator can set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[Rule, ...] = Field(
        default=(),
        max_length=1000,
        description="The rules, in their order: the first that fits decides. Where none fits the request is denied; "
        "without any rule all is allowed.",
    )

    @model_validator(mode="after")
    def _distinct_names(self) -> Config:
        seen: set[str] = set()
        for rule in self.rules:
            if rule.name in seen:
                raise ValueError(f"several rules have the name {rule.name!r}")
            seen.add(rule.name)
        return self

    @cached_property
    def judge(self) -> Judge:
        """The rules, ready to be applied; made once for each configuration."""
        return Judge(rule.compiled() for rule in self.rules)
