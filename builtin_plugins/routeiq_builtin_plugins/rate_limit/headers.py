"""What clients are told of limits: the fields of draft-ietf-httpapi-ratelimit-headers, and `retry-after`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .limiter import Held


def rate_limit_headers(held: Sequence[Held]) -> dict[str, str]:
    """Return `ratelimit-policy` and `ratelimit`, lists with an item for each limit; empty without one.

    Names need no escaping: the configuration lets them be of letters, digits and `-`.
    """
    if not held:
        return {}
    policies, standings = [], []
    for one in held:
        unit = "" if one.limit.unit == "requests" else f';qu="{one.limit.unit}"'
        policies.append(f'"{one.limit.name}";q={one.limit.limit}{unit};w={one.limit.window}')
        standings.append(f'"{one.limit.name}";r={one.permit.remaining};t={_seconds(one)}')
    return {"ratelimit-policy": ", ".join(policies), "ratelimit": ", ".join(standings)}


def retry_after(refused: Held) -> dict[str, str]:
    """Return when a refused request is worth another try: in whole seconds, never 0."""
    return {"retry-after": str(max(1, _seconds(refused)))}


def _seconds(one: Held) -> int:
    return max(0, math.ceil(one.permit.reset_after))
