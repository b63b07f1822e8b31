"""What an operator can set of the plugin `cors`."""

from __future__ import annotations

import re
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from .origins import Origins
from .policy import Policy

# Those whose case the Fetch standard mends ("normalize a method"); others are taken as they are written.
_NORMALIZED: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def _method(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise ValueError(f"{text!r} is no method")
    return text.upper() if text.upper() in _NORMALIZED else text


def _name(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise ValueError(f"{text!r} is no name of a header")
    return text.lower()


def _prefix(text: str) -> str:
    name = _name(text)
    if "*" in name[:-1]:
        raise ValueError(f"{text!r}: `*` stands at the end only: x-stainless-*")
    return name


class Config(BaseModel):
    """Which pages of other origins may read what the gateway answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    allow_origins: tuple[str, ...] = Field(
        default=(),
        description="Origins of the pages that may: `https://app.example.com`; `https://*.example.com` for all names"
        " below it; `http://localhost:*` for any port; `*` for everybody.",
    )
    allow_credentials: bool = Field(
        default=False,
        description="Whether browsers may send along cookies and client certificates. Not together with `*`. A key that"
        " the page itself sends in a header needs none of this.",
    )
    allow_methods: tuple[Annotated[str, AfterValidator(_method)], ...] = Field(
        default=("DELETE", "GET", "HEAD", "POST"), description="Methods that pages may use; `*` for all."
    )
    allow_headers: tuple[Annotated[str, AfterValidator(_prefix)], ...] = Field(
        default=(
            "authorization", "content-type", "x-api-key", "x-request-id", "openai-*", "anthropic-*", "x-stainless-*",
            "mcp-*", "last-event-id",
        ),
        description="Request headers that pages may set; `x-stainless-*` for all that begin so, `*` for all.",
    )  # fmt: skip
    expose_headers: tuple[Annotated[str, AfterValidator(_name)], ...] = Field(
        default=("x-request-id", "retry-after", "ratelimit", "ratelimit-policy", "mcp-session-id"),
        description="Response headers that scripts may read beside those that they always may; `*` for all.",
    )
    max_age: int = Field(
        default=600,
        ge=0,
        le=86400,
        description="Seconds for which a browser may remember the answer to a pre-flight.",
    )

    _policy: Policy = PrivateAttr()

    @model_validator(mode="after")
    def _prepare(self) -> Self:
        if self.allow_credentials:
            for field in ("allow_origins", "allow_methods", "allow_headers", "expose_headers"):
                if "*" in getattr(self, field):
                    raise ValueError(
                        f"{field}: `*` and allow_credentials exclude each other: anybody's page could then act as"
                        " whoever opens it. Name what is allowed."
                    )
            if "null" in self.allow_origins:
                raise ValueError(
                    "allow_origins: `null` and allow_credentials exclude each other: any page can make itself that"
                    " origin. Name what is allowed."
                )
        self._policy = Policy(
            Origins(self.allow_origins),
            self.allow_credentials,
            self.allow_methods,
            self.allow_headers,
            self.expose_headers,
            self.max_age,
        )
        return self

    @property
    def policy(self) -> Policy:
        """The rules, made ready to be asked."""
        return self._policy
