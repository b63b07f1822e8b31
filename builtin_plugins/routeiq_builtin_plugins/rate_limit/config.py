"""What an operator can set of `rate-limit`."""

from __future__ import annotations

from functools import cached_property
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Part = Literal["ip", "key", "user", "model"]

OF_CALLS: Final = frozenset({"user", "model"})
"""What is known of a call only, and not of any request."""


class Limit(BaseModel):
    """One limit: so much in a window of time, for each client or whatever it goes by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,31}$",
        description="Its name, in headers, answers and figures: letters in lower case, digits and `-`, at most 32.",
    )
    limit: int = Field(ge=1, le=10**12, description="How many requests or tokens are granted in a window.")
    window: int = Field(
        ge=1, le=31 * 86400, description="The window's length in seconds, at most 31 days; the first request begins it."
    )
    unit: Literal["requests", "tokens"] = Field(
        default="requests", description="What is counted: `requests`, or the `tokens` of models, of prompt and answer."
    )
    by: tuple[Part, ...] = Field(
        default=("key",),
        max_length=4,
        description="For each what it holds: any of `ip`, `key` (the id that authentication found), `user` (whom the "
        "client names in the body) and `model`; several: for each combination; none: for all together.",
    )
    reserve: int = Field(
        default=1000,
        ge=0,
        le=10**9,
        description="Of tokens: how many an answer is expected to have where the client gives no bound. So many, and "
        "those of the prompt, are reserved until the call has ended and they are known.",
    )

    @field_validator("by")
    @classmethod
    def _each_once(cls, by: tuple[Part, ...]) -> tuple[Part, ...]:
        if len(set(by)) != len(by):
            raise ValueError("names something twice")
        return tuple(sorted(by))

    @property
    def is_of_calls(self) -> bool:
        """Whether it can be asked only when the call of a model is known."""
        return self.unit == "tokens" or not OF_CALLS.isdisjoint(self.by)


class Config(BaseModel):
    """What an operator can set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limits: tuple[Limit, ...] = Field(
        default=(), max_length=20, description="The limits, at most 20; a request must be granted by all of them."
    )
    on_outage: Literal["allow", "refuse"] = Field(
        default="allow",
        description="What becomes of requests while the storage cannot be reached: `allow` them without limits, or "
        "`refuse` them with 503.",
    )
    headers: bool = Field(
        default=True,
        description="Whether responses tell clients how they stand, by `ratelimit` and `ratelimit-policy`.",
    )
    ipv6_prefix: int = Field(
        default=64,
        ge=32,
        le=128,
        description="How many bits of an IPv6 address count as one client in limits by `ip`: who has one address of a "
        "network mostly has all 2**64.",
    )

    @model_validator(mode="after")
    def _distinct_names(self) -> Config:
        names = [limit.name for limit in self.limits]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"several limits have the name {name!r}")
        return self

    @cached_property
    def of_requests(self) -> tuple[Limit, ...]:
        """The limits that are asked for any request."""
        return tuple(limit for limit in self.limits if not limit.is_of_calls)

    @cached_property
    def of_calls(self) -> tuple[Limit, ...]:
        """The limits that are asked for calls of models."""
        return tuple(limit for limit in self.limits if limit.is_of_calls)
