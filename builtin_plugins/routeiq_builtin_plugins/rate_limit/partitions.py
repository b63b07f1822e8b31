"""What a limit goes by, and how much a call asks of it: from a request or a call to `Demand`s."""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from routeiq_plugin_sdk import LLMCall, PluginRequest, Principal, Usage

from ..calls import answer_bound, named_user
from .config import Limit
from .limiter import Demand

CHARACTERS_PER_TOKEN: Final = 4
"""Of a prompt, roughly: what is reserved by it is corrected when the call has ended."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What limits can go by; None for what is not known, so that all of whom it is not known count as one."""

    ip: str | None = None
    key: str | None = None
    user: str | None = None
    model: str | None = None

    @classmethod
    def of(cls, request: PluginRequest | None, principal: Principal | None = None, **known: str | None) -> Subject:
        """Return what is known of a request."""
        principal = principal or (request.principal if request is not None else None)
        client = request.client if request is not None else None
        return cls(client.host if client else None, principal.id if principal else None, **known)

    @classmethod
    def of_call(cls, call: LLMCall, kwargs: Mapping[str, Any]) -> Subject:
        """Return what is known of a call."""
        return cls.of(call.request, call.principal, user=named_user(kwargs), model=call.model)


def demands(
    limits: Sequence[Limit],
    subject: Subject,
    messages: Sequence[Mapping[str, Any]] = (),
    kwargs: Mapping[str, Any] | None = None,
    ipv6_prefix: int = 64,
) -> list[Demand]:
    """Return what is asked of each limit."""
    found = []
    for limit in limits:
        # More than the limit would never be granted: such a call waits for a window of its own.
        tokens = limit.unit == "tokens"
        amount = max(1, min(expected_tokens(messages, kwargs or {}, limit.reserve), limit.limit)) if tokens else 1
        found.append(Demand(limit, partition(limit, subject, ipv6_prefix), amount))
    return found


def partition(limit: Limit, subject: Subject, ipv6_prefix: int = 64) -> str:
    """Return the storage's key of a limit and a subject: of bounded length, and of two subjects never the same."""
    values = {part: getattr(subject, part) for part in limit.by}
    if values.get("ip") is not None:
        values["ip"] = network(values["ip"], ipv6_prefix)
    text = json.dumps(values, sort_keys=True)
    return f"{limit.name}:{hashlib.sha256(text.encode()).hexdigest()}"


def network(host: str, ipv6_prefix: int) -> str:
    """Return what of an address counts as one client; a host that is no address stays as it is."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, ipv6_prefix), strict=False))


def expected_tokens(messages: Sequence[Mapping[str, Any]], kwargs: Mapping[str, Any], reserve: int) -> int:
    """Return how many tokens a call is expected to need, of its prompt and of its answer."""
    characters = sum(_characters(message.get("content")) for message in messages)
    answer = answer_bound(kwargs, reserve)
    return -(-characters // CHARACTERS_PER_TOKEN) + answer


def used_tokens(usage: Usage | None) -> int | None:
    """Return how many tokens a call used; None where nobody knows, so that what was reserved stays so."""
    return None if usage is None else max(0, usage.total_tokens or usage.prompt_tokens + usage.completion_tokens)


def _characters(content: Any) -> int:
    if isinstance(content, str):
        return len(content)
    parts = content if isinstance(content, list | tuple) else ()
    texts = (part.get("text") for part in parts if isinstance(part, Mapping))
    return sum(len(text) for text in texts if isinstance(text, str))
