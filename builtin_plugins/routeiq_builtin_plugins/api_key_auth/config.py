"""What an operator can set of `api-key-auth`. Keys themselves are never written down, only their hashes."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from .keys import HASH_ADVICE, KeyRing, KnownKey, is_hash

LARGEST: Final = 100_000

_HEADER: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def _hash(value: str) -> str:
    if not is_hash(value.lower()):
        raise ValueError(f"must be sha256: and 64 hexadecimal digits, never the key itself; {HASH_ADVICE}")
    return value.lower()


def _header(value: str) -> str:
    if _HEADER.fullmatch(value) is None:
        raise ValueError("must be the name of a header")
    if value.lower() in ("authorization", "cookie"):
        raise ValueError(f"must not be {value}: `bearer` says whether keys are taken from `authorization`")
    return value.lower()


class Key(BaseModel):
    """One key, and whom it stands for."""

    # Whoever writes the key in the place of its hash must not read it in an error, which is logged.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    id: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._@:/-]{0,127}$",
        description="Whom the key stands for: limits, budgets and logs go by it. A new and an old key may share one.",
    )
    hash: Annotated[str, AfterValidator(_hash)] = Field(description="The key's hash, `sha256:...`, never the key.")
    roles: frozenset[str] = Field(default=frozenset(), description="What it may do, for plugins that ask for roles.")
    models: frozenset[str] | None = Field(default=None, description="The models that it may call; empty: all of them.")
    metadata: dict[str, Any] = Field(
        default_factory=dict, description="Whatever else plugins should know of it, such as the name of a team."
    )
    expires: AwareDatetime | None = Field(
        default=None, description="From when on it is refused, such as `2027-01-31T00:00:00Z`; empty: never."
    )


class Config(BaseModel):
    """What an operator can set."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    keys: tuple[Key, ...] = Field(
        default=(), max_length=LARGEST, description="The keys that are known, at most 100,000; without one nobody is."
    )
    bearer: bool = Field(default=True, description="Whether keys are taken from `authorization: Bearer ...`.")
    headers: tuple[Annotated[str, AfterValidator(_header)], ...] = Field(
        default=("x-api-key",),
        max_length=10,
        description="Further headers that hold a key as it is, at most 10; clients of Anthropic's API use `x-api-key`."
        " Names without a word such as `key`, `token` or `auth` do not look like credentials: those headers reach MCP"
        " servers and agents.",
    )

    @field_validator("keys")
    @classmethod
    def _no_key_twice(cls, keys: tuple[Key, ...]) -> tuple[Key, ...]:
        ids: dict[str, str] = {}
        for key in keys:
            if key.hash in ids:
                raise ValueError(
                    f"{ids[key.hash]!r} and {key.id!r} have the same hash: nobody could tell whose key it is"
                )
            ids[key.hash] = key.id
        return keys

    @model_validator(mode="after")
    def _some_place(self) -> Config:
        if not self.bearer and not self.headers:
            raise ValueError("`bearer` is false and `headers` is empty: no request could show a key")
        return self

    @cached_property
    def ring(self) -> KeyRing:
        """The keys, ready to be looked up; made once for each configuration."""
        return KeyRing(
            KnownKey.of(
                key.hash, key.id, key.roles, key.models, key.metadata, key.expires.timestamp() if key.expires else None
            )
            for key in self.keys
        )
