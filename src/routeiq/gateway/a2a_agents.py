"""The settings' section `a2a_agents`: which agents clients reach through the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, SecretStr, model_validator
from routeiq_plugin_sdk.types.headers import RawHeaders

from routeiq.transport import Target

from .model_list import Seconds


def _name(value: str) -> str:
    if not value.isascii() or not value[:1].isalnum() or not value.replace("-", "").replace("_", "").isalnum():
        raise ValueError("an agent's name is a part of a path: write letters, digits, '_' and '-'")
    return value


def _url(value: str) -> str:
    Target.parse(value)
    if "?" in value or "#" in value:
        raise ValueError("the URL has a query or a fragment: give only what stands before it")
    return value.rstrip("/")


AgentName = Annotated[str, AfterValidator(_name)]


class A2AAgent(BaseModel):
    """An agent that clients reach at `/a2a/<name>`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    url: Annotated[str, AfterValidator(_url)] = Field(
        description="Where it is: its card stands below it at `.well-known/agent-card.json`."
    )
    description: str | None = Field(default=None, description="What it is for; for people.")
    static_headers: Mapping[str, SecretStr] = Field(
        default_factory=dict,
        validation_alias=AliasChoices("static_headers", "headers"),
        description="Headers of each request to it, such as its credentials; they win over the client's.",
    )
    extra_headers: tuple[str, ...] = Field(
        default=(), description="Names of clients' headers that it is sent beside the protocol's own: `authorization`."
    )
    timeout: Seconds = Field(
        default=300.0, description="Seconds that it may be silent, until an answer begins and between its pieces."
    )
    whole_artifacts: bool = Field(
        default=False,
        description="Hold what a stream brings of an artifact until it is complete: plugins then see it whole, and no"
        " word is split between two events.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        named = tuple((name, b"") for name in self.forwarded)
        Target.parse("http://localhost/").head("GET", (*self.raw_headers, *named), 0)
        return self

    @property
    def raw_headers(self) -> RawHeaders:
        """The headers of each request to it."""
        headers = {name.lower(): value.get_secret_value() for name, value in self.static_headers.items()}
        return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())

    @property
    def forwarded(self) -> frozenset[bytes]:
        """The names of clients' headers that it is sent."""
        return frozenset(name.lower().encode("latin-1") for name in self.extra_headers)
