"""What a call has cost, and where that is known from."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from routeiq_plugin_sdk import Deployment, LLMCall, LLMResponse, Usage

from .accounts import Account
from .prices import PriceTable, dollars, nano_dollars
from .reservations import Expense, Reserved

Source = Literal["table", "gateway", "plugin", "reserved", "none"]


@dataclass(frozen=True, slots=True)
class Charge:
    """What a call has cost.

    Attributes:
        expense: Nano-dollars and tokens.
        source: Whose price that is: the `table`'s, the `gateway`'s own; `plugin`: another plugin answered, for nothing;
            `reserved`: nobody knows what was used, so that what was reserved stays charged; `none`: nobody has a price.
        usage: The tokens, if they are known.
    """

    expense: Expense
    source: Source
    usage: Usage | None = None


def names_of(call: LLMCall, model: str, deployment: Deployment | None) -> list[str]:
    """Return the names that a price may go by, the most telling first."""
    names = [call.model, model]
    if deployment is not None:
        names += [f"{deployment.provider}/{deployment.upstream_model}", deployment.upstream_model]
    return list(dict.fromkeys(names))


def charge_of(
    call: LLMCall, response: LLMResponse, names: Sequence[str], table: PriceTable, reserved: Reserved
) -> Charge:
    """Return what an answered call has cost."""
    usage = response.usage
    if call.answered_by is not None:
        return Charge(Expense(0, 0), "plugin", usage)
    if usage is None:
        return unknown_charge(reserved)
    tokens = max(0, usage.total_tokens or usage.prompt_tokens + usage.completion_tokens)
    price = table.price(names, today())
    if price is not None:
        return Charge(Expense(price.cost(usage), tokens), "table", usage)
    if response.cost is not None and response.cost >= 0:
        return Charge(Expense(nano_dollars(response.cost), tokens), "gateway", usage)
    return Charge(Expense(0, tokens), "none", usage)


def unknown_charge(reserved: Reserved) -> Charge:
    """Return the charge of a call that may have used tokens, of which nobody knows how many."""
    return Charge(reserved.expected or Expense(0, 0), "reserved")


def today() -> dt.date:
    """Return the day, in UTC."""
    return dt.datetime.fromtimestamp(time.time(), dt.UTC).date()


def told(call: LLMCall, account: Account, charge: Charge) -> dict[str, Any]:
    """Return the data of the event that tells of a charge."""
    usage = charge.usage
    return {
        "call_id": call.id,
        "model": call.model,
        "key": account.key,
        "user": account.user,
        "tenant": account.tenant,
        "input_tokens": usage.prompt_tokens if usage is not None else None,
        "output_tokens": usage.completion_tokens if usage is not None else None,
        "estimated": usage.estimated if usage is not None else None,
        "usd": dollars(charge.expense.nano),
        "source": charge.source,
        "aborted": call.aborted,
    }
