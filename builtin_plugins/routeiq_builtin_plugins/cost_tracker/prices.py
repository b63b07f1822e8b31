"""What tokens cost: a table of prices, and the sum for a call.

Money is counted in whole nano-dollars (1e-9 US dollars), so that sums are exact and storages can limit them; the sum of
a call is rounded up.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from routeiq_plugin_sdk import Usage

NANO: Final = 10**9
"""Nano-dollars of a dollar."""
_PER_TOKEN: Final = Decimal(NANO) / 1_000_000
"""Nano-dollars a token, of a price of one dollar for a million tokens."""
_REMEMBERED: Final = 4096


class Price(BaseModel):
    """What the tokens of some models cost, in US dollars for a million."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(
        min_length=1,
        max_length=200,
        description="The model: by the name that clients use, the provider's, or both (`openai/gpt-4o`). `*` and `?` "
        "stand for any characters; an exact name goes before them, and of several patterns the first that fits.",
    )
    input: Decimal = Field(ge=0, le=10**6, description="Of the prompt, for a million tokens.")
    output: Decimal = Field(default=Decimal(0), ge=0, le=10**6, description="Of the answer, for a million tokens.")
    cached_input: Decimal | None = Field(
        default=None, ge=0, le=10**6, description="Of a prompt that the provider had cached; left out: as `input`."
    )
    reasoning: Decimal | None = Field(
        default=None, ge=0, le=10**6, description="Of reasoning, as far as it is told; left out: as `output`."
    )
    request: Decimal = Field(default=Decimal(0), ge=0, le=10**3, description="Of a call itself, in dollars.")
    since: dt.date | None = Field(
        default=None,
        description="The first day, in UTC, on which it holds; of several prices of a model the latest that has begun.",
    )

    def cost(self, usage: Usage) -> int:
        """Return what a call cost, in nano-dollars.

        Cached tokens are a part of those of the prompt, and reasoning of those of the answer.
        """
        cached = min(usage.cached_tokens, usage.prompt_tokens)
        reasoning = min(usage.reasoning_tokens, usage.completion_tokens)
        dollars_a_million = (
            (usage.prompt_tokens - cached) * self.input
            + cached * (self.input if self.cached_input is None else self.cached_input)
            + (usage.completion_tokens - reasoning) * self.output
            + reasoning * (self.output if self.reasoning is None else self.reasoning)
        )
        return int((dollars_a_million * _PER_TOKEN + self.request * NANO).to_integral_value(ROUND_CEILING))


class PriceTable:
    """The prices that are known."""

    def __init__(self, prices: Iterable[Price]) -> None:
        exact: dict[str, list[Price]] = {}
        patterns: dict[str, list[Price]] = {}
        for price in prices:
            is_pattern = "*" in price.model or "?" in price.model
            (patterns if is_pattern else exact).setdefault(price.model, []).append(price)
        self._exact = {name: _latest_first(group) for name, group in exact.items()}
        self._patterns = [(_compiled(name), _latest_first(group)) for name, group in patterns.items()]
        self._found = lru_cache(_REMEMBERED)(self._find)

    def price(self, names: Sequence[str], day: dt.date) -> Price | None:
        """Return the price that holds on a day for a model, by its names, the most telling first; None if none does."""
        groups = self._found(tuple(names))
        return next((one for group in groups for one in group if one.since is None or one.since <= day), None)

    def _find(self, names: tuple[str, ...]) -> tuple[tuple[Price, ...], ...]:
        exact = [self._exact[name] for name in names if name in self._exact]
        fitting = [group for pattern, group in self._patterns if any(pattern.fullmatch(name) for name in names)]
        return (*exact, *fitting)


def dollars(nano: int) -> float:
    """Return nano-dollars in dollars, for people and figures."""
    return nano / NANO


def nano_dollars(amount: float | Decimal) -> int:
    """Return dollars in nano-dollars, rounded up."""
    return int((Decimal(str(amount)) * NANO).to_integral_value(ROUND_CEILING))


def _latest_first(prices: Sequence[Price]) -> tuple[Price, ...]:
    return tuple(sorted(prices, key=lambda price: price.since or dt.date.min, reverse=True))


def _compiled(pattern: str) -> re.Pattern[str]:
    # Brackets are no patterns here: they stand for themselves, as in names of models.
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")))
