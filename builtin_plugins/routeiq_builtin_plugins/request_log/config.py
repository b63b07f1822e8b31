"""What an operator can set of `request-log`."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from .fields import HEADER_PREFIXES, NAMES, Selection
from .redaction import Redactor

SECRET_HEADERS: Final = (
    "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "x-goog-api-key",
)  # fmt: skip
SECRET_KEYS: Final = (
    "password", "passwd", "secret", "token", "api_key", "apikey", "access_token", "refresh_token", "id_token",
    "client_secret", "private_key", "authorization", "credentials",
)  # fmt: skip


class Output(BaseModel):
    """Where lines go."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Path | None = Field(
        default=None, description="The file that lines are appended to; left out: standard output."
    )
    max_size: int = Field(
        default=100 * 2**20,
        ge=0,
        description="In bytes: a file that would grow beyond it is renamed to `<file>.1`, and a new one begun. 0: "
        "never, as where another program rotates it.",
    )
    keep: int = Field(
        default=5, ge=1, le=100, description="How many files that were renamed are kept: `<file>.1` is the latest."
    )
    queue: int = Field(
        default=10_000,
        ge=1,
        le=1_000_000,
        description="How many lines may wait to be written; one more is dropped, and counted.",
    )


class Redact(BaseModel):
    """What is never written; `[REDACTED]` stands in its place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    headers: tuple[str, ...] = Field(
        default=SECRET_HEADERS,
        max_length=100,
        description="Headers whose values are not written, if they are asked for.",
    )
    keys: tuple[str, ...] = Field(
        default=SECRET_KEYS,
        max_length=200,
        description="Members of JSON objects, at any depth of contents and of the arguments of tools, whose values are "
        "not written. Case, `-` and `_` do not matter.",
    )

    patterns: tuple[str, ...] = Field(
        default=(),
        max_length=100,
        description="Regular expressions, in RE2's form: what fits one is not written, in texts and in values. `(?i)` "
        "at the begin ignores case.",
    )

    @field_validator("headers", "keys")
    @classmethod
    def _lower(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name.lower() for name in names)


class Config(BaseModel):
    """What an operator can set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    output: Output = Field(default=Output(), description="Where lines go.")
    sample: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="The share of requests that are logged, each with all of its calls or not at all.",
    )
    errors: bool = Field(
        default=True, description="Whether what failed (a status of 400 and more, a failed call) is logged in any case."
    )
    add: tuple[str, ...] = Field(
        default=(),
        max_length=100,
        description="Fields that are written beside the usual ones: `gen_ai.input.messages`, `gen_ai.output.messages`, "
        "`gen_ai.tool.call.arguments`, `gen_ai.tool.call.result`, `http.request.header.<name>`, "
        "`http.response.header.<name>`.",
    )
    remove: tuple[str, ...] = Field(
        default=(), max_length=100, description="Fields that are not written, such as `client.address`."
    )
    max_text: int = Field(
        default=4096,
        ge=0,
        le=2**20,
        description="Of each text of a content, how many characters are written; `[...]` stands for the rest.",
    )
    max_messages: int = Field(
        default=50, ge=1, le=1000, description="How many messages of a conversation are written: the latest ones."
    )
    redact: Redact = Field(default=Redact(), description="What is never written.")

    @field_validator("add", "remove")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            stem = next((prefix for prefix in HEADER_PREFIXES if name.startswith(prefix)), "")
            if name not in NAMES and len(name) <= len(stem or name):
                raise ValueError(f"there is no field {name!r}; there are {', '.join(NAMES)}, and of headers "
                                 f"{' and '.join(f'{prefix}<name>' for prefix in HEADER_PREFIXES)}")  # fmt: skip
        return tuple(name.lower() for name in names)

    @cached_property
    def selection(self) -> Selection:
        """The fields that are written."""
        return Selection.of(self.add, self.remove)

    @model_validator(mode="after")
    def _patterns_are_some(self) -> Config:
        Redactor((), 0, self.redact.patterns)  # raises PatternError, a ValueError
        return self

    @cached_property
    def redactor(self) -> Redactor:
        """What takes secrets away."""
        return Redactor(self.redact.keys, self.max_text, self.redact.patterns)
