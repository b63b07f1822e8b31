"""How much memory a value keeps, roughly and quickly: so that a bounded queue is bounded in bytes too."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

MOST_PARTS: Final = 10_000
"""Parts of a value that are looked at: weighing must not hold up whoever does it."""
_PART: Final = 64  # bytes that an object takes beside its content


def weight_of(value: Any) -> int:
    """Return roughly how many bytes a value of JSON or a dataclass keeps.

    Of a value of many parts the rest is taken to weigh as much as those that were looked at.
    """
    waiting, seen, weight = [value], 0, 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop()
        seen += 1
        weight += _PART
        if isinstance(part, str | bytes):
            weight += len(part)
        elif isinstance(part, Mapping):
            waiting.extend(part)
            waiting.extend(part.values())
        elif isinstance(part, list | tuple):
            waiting.extend(part)
        elif dataclasses.is_dataclass(part):
            waiting.extend(getattr(part, field.name) for field in dataclasses.fields(part))
    return weight + len(waiting) * weight // max(seen, 1)
