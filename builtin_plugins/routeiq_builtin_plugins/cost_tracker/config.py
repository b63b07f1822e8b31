"""What an operator can set of `cost-tracker`."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from .periods import Calendar
from .prices import Price, nano_dollars

MOST_DOLLARS: Final = 9_000_000
"""Of a budget: in nano-dollars about what storages count exactly."""

Part = Literal["key", "user", "model", "tenant"]


class Budget(BaseModel):
    """So much in a time, for each key or whatever it goes by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,31}$",
        description="Its name, in answers, events and figures: letters in lower case, digits and `-`, at most 32.",
    )
    limit: Decimal = Field(
        gt=0, le=10**12, description="How much may be spent in a window: US dollars (at most nine millions), or tokens."
    )
    unit: Literal["usd", "tokens"] = Field(
        default="usd", description="What is counted: `usd`, or the `tokens` of prompts and answers."
    )
    window: Calendar | Annotated[int, Field(ge=1, le=366 * 86400)] = Field(
        default="month",
        description="`hour`, `day`, `week` (from Monday) or `month` of the calendar in UTC; or a number of seconds, "
        "which begin with the first call.",
    )
    by: tuple[Part, ...] = Field(
        default=("key",),
        max_length=4,
        description="For each what it holds: any of `key` (the id that authentication found), `user` (whom the client "
        "names in the body), `tenant` and `model`; several: for each combination; none: for all together.",
    )
    warn_at: tuple[float, ...] = Field(
        default=(0.8,),
        max_length=10,
        description="Shares of the limit, between 0 and 1: the first call that reaches one is told by an event.",
    )

    @field_validator("by")
    @classmethod
    def _each_once(cls, by: tuple[Part, ...]) -> tuple[Part, ...]:
        if len(set(by)) != len(by):
            raise ValueError("names something twice")
        return tuple(sorted(by))

    @field_validator("warn_at")
    @classmethod
    def _shares(cls, shares: tuple[float, ...]) -> tuple[float, ...]:
        if not all(0 < share <= 1 for share in shares):
            raise ValueError("shares are above 0 and at most 1, such as 0.8")
        return tuple(sorted(shares))

    @model_validator(mode="after")
    def _countable(self) -> Budget:
        if self.unit == "usd" and self.limit > MOST_DOLLARS:
            raise ValueError(f"a budget has at most {MOST_DOLLARS} dollars")
        if self.unit == "tokens" and self.limit != int(self.limit):
            raise ValueError("tokens are whole ones")
        return self

    @property
    def amount(self) -> int:
        """The limit as it is counted: nano-dollars, or tokens."""
        return nano_dollars(self.limit) if self.unit == "usd" else int(self.limit)


class Config(BaseModel):
    """What an operator can set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prices: tuple[Price, ...] = Field(
        default=(), max_length=1000, description="What models cost, in US dollars for a million tokens."
    )
    prices_file: Path | None = Field(
        default=None,
        description="A file of further prices, YAML or JSON: a list `prices`, or LiteLLM's price map as it is. Read "
        "again when it changes; what `prices` says goes before it.",
    )
    budgets: tuple[Budget, ...] = Field(
        default=(),
        max_length=20,
        description="The budgets, at most 20; a call must find room in all of them.",
    )
    unpriced: Literal["allow", "refuse"] = Field(
        default="allow",
        description="What becomes of calls of models that the table has no price for: `allow` them, for what the "
        "gateway says that they cost, or nothing if it says none; or `refuse` them with 403.",
    )
    reserve_tokens: int = Field(
        default=1000,
        ge=0,
        le=10**9,
        description="How many tokens an answer is expected to have where the client gives no bound, until it is known.",
    )
    reserve_usd: Decimal = Field(
        default=Decimal("0.01"),
        ge=0,
        le=1000,
        description="What a call is expected to cost, in US dollars, if the table has no price for its model.",
    )
    status_code: Literal[402, 429] = Field(
        default=429,
        description="How a call beyond a budget is refused: `429`, as OpenAI does it, or `402` (payment required).",
    )
    on_outage: Literal["allow", "refuse"] = Field(
        default="allow",
        description="What becomes of calls while the storage cannot be reached: `allow` them without budgets, or "
        "`refuse` them with 503.",
    )
    tenant: str = Field(
        default="tenant",
        min_length=1,
        max_length=100,
        description="The field of the principal's metadata that names its tenant, such as `team`.",
    )
    usage_path: str = Field(
        default="/v1/usage",
        pattern=r"^(/[A-Za-z0-9._~/-]*[A-Za-z0-9_~-])?$",
        description="Where a client reads what it has used; empty: nowhere. A change holds from the next start on.",
    )

    @model_validator(mode="after")
    def _distinct_names(self) -> Config:
        names = [budget.name for budget in self.budgets]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"several budgets have the name {name!r}")
        return self
