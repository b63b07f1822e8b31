"""Whom a call is counted for, and the keys by which that is kept: short ones, and of two accounts never the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from routeiq_plugin_sdk import LLMCall

from ..calls import named_user, tenant_of
from .config import Budget
from .periods import Period


@dataclass(frozen=True, slots=True)
class Account:
    """What a call can be counted by; None for what is not known, so that all of whom it is not known count as one.

    Attributes:
        key: The id that authentication found.
        user: Whom the client names as its user.
        tenant: The principal's tenant.
        model: The name that the client asked for.
    """

    key: str | None = None
    user: str | None = None
    tenant: str | None = None
    model: str | None = None

    @classmethod
    def of(cls, call: LLMCall, kwargs: Mapping[str, Any], tenant: str) -> Account:
        """Return the account of a call; `tenant` is the field of the metadata that names it."""
        principal = call.principal
        key = principal.id if principal is not None else None
        return cls(key, named_user(kwargs), tenant_of(principal, tenant), call.model)


def budget_key(budget: Budget, account: Account, period: Period) -> str:
    """Return the storage's key of a budget, an account and a period."""
    values = {part: getattr(account, part) for part in budget.by}
    return f"{budget.name}:{budget.unit}:{period.name}:{_digest(values)}"


def total_key(key: str | None, period: Period, what: str) -> str:
    """Return the storage's key of one sum of what a key has used in a period."""
    return f"used:{period.name}:{_digest(key)}:{what}"


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
