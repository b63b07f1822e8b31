"""What the settings of MCP servers and of agents have in common: how they are reached, in LiteLLM's words."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_serializer,
    model_validator,
)

from routeiq.core.masking import MASK
from routeiq.transport import Target

from .model_list import Seconds, Secret

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_SCHEMES: Final = {"bearer_token": "Bearer ", "basic": "Basic ", "token": "token ", "authorization": ""}
AuthType = Literal["none", "api_key", "bearer_token", "basic", "token", "authorization"]


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("this name is a part of a path: write letters, digits, '.', '_' and '-'")
    return value


def _header(value: str) -> str:
    if not _TOKEN.fullmatch(value):
        raise ValueError(f"{value!r} is not the name of a header")
    return value


def _url(value: SecretStr) -> SecretStr:
    Target.parse(value.get_secret_value())
    return value


HeaderName = Annotated[str, AfterValidator(_header)]
RemoteName = Annotated[str, AfterValidator(_name)]
RemoteURL = Annotated[SecretStr, AfterValidator(_url)]


class RemoteSettings(BaseModel):
    """How a server or an agent is reached."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    url: RemoteURL = Field(description="Where it is.")
    description: str | None = Field(default=None, description="What it is for; for people.")
    auth_type: AuthType = Field(
        default="none",
        description="How `authentication_token` is sent: api_key as `x-api-key`, the others as `authorization`.",
    )
    authentication_token: Secret = Field(
        default=None,
        validation_alias=AliasChoices("authentication_token", "auth_value"),
        description="The gateway's own credential; for basic, `user:password`.",
    )
    static_headers: Mapping[HeaderName, SecretStr] = Field(
        default_factory=dict,
        validation_alias=AliasChoices("static_headers", "headers"),
        description="Headers of each request to it; they win over the client's.",
    )
    extra_headers: tuple[HeaderName, ...] = Field(
        default=(),
        description="Names of clients' headers that it is sent although they look like credentials: `authorization`.",
    )
    timeout: Seconds = Field(
        default=300.0, description="Seconds that it may be silent, until an answer begins and between its pieces."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.auth_type == "none") != (self.authentication_token is None):
            raise ValueError("auth_type and authentication_token go together: write both, or neither")
        try:
            Target.parse("http://localhost/").head("GET", self.raw_headers(), 0)
        except ValueError:  # its words would have the value in them
            raise ValueError(
                "authentication_token or one of static_headers cannot be sent: the values are text of Latin-1 without"
                " line ends, and the names none of those that every request has (host, content-length ...)"
            ) from None
        return self

    @field_serializer("url", when_used="json")
    def _shown(self, url: SecretStr) -> str:
        """Return what may be shown: a query can hold a key."""
        address, query, _ = url.get_secret_value().partition("?")
        return f"{address}?{MASK}" if query else address

    def raw_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """Return the headers of each request to it, its credential among them; names in lower case."""
        headers = {name.lower(): value.get_secret_value() for name, value in self.static_headers.items()}
        if self.authentication_token is not None:
            token = self.authentication_token.get_secret_value()
            if self.auth_type == "api_key":
                headers.setdefault("x-api-key", token)
            else:
                written = base64.b64encode(token.encode()).decode() if self.auth_type == "basic" else token
                headers.setdefault("authorization", f"{_SCHEMES[self.auth_type]}{written}")
        return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())

    def forwarded(self) -> frozenset[bytes]:
        """Return the names of `extra_headers` as they stand in requests."""
        return frozenset(name.lower().encode("latin-1") for name in self.extra_headers)
