"""What clients and upstreams say of caching: `cache-control` (RFC 9111 section 5.2), of requests and of answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestDirectives:
    """What a client asks for.

    Attributes:
        no_cache: It wants a new answer.
        no_store: It does not want its answer kept.
        only_if_cached: It wants no new answer.
        max_age: How old an answer may be, in seconds; None: any age.
        min_fresh: For how many seconds an answer must still hold.
    """

    no_cache: bool = False
    no_store: bool = False
    only_if_cached: bool = False
    max_age: float | None = None
    min_fresh: float = 0.0


def request_directives(values: Sequence[str]) -> RequestDirectives:
    """Return what the fields of a request say; what makes no sense is what the strictest reading says."""
    if not values:
        return RequestDirectives()
    found = _parsed(values)
    max_age = _seconds(found["max-age"]) if "max-age" in found else None
    return RequestDirectives(
        "no-cache" in found,
        "no-store" in found,
        "only-if-cached" in found,
        max_age,
        _seconds(found["min-fresh"], otherwise=float("inf")) if "min-fresh" in found else 0.0,
    )


def time_to_live(values: Sequence[str], usual: float, *, shared: bool, stream: bool) -> float:
    """Return for how many seconds an answer may be kept; 0: not at all.

    Args:
        values: The fields of the answer.
        usual: What holds where they say nothing.
        shared: Whether others than its client get it (`private`, `s-maxage`).
        stream: Whether it is a stream. Its `no-cache` is customary: it keeps proxies from holding events back.
    """
    if not values:
        return usual
    found = _parsed(values)
    if "no-store" in found or (shared and "private" in found) or ("no-cache" in found and not stream):
        return 0.0
    name = "s-maxage" if shared and "s-maxage" in found else "max-age"
    return min(usual, _seconds(found[name])) if name in found else usual


def _parsed(values: Sequence[str]) -> dict[str, str]:
    directives = (part.strip().partition("=") for value in values for part in value.split(","))
    return {name.strip().lower(): argument.strip().strip('"') for name, _, argument in directives}


def _seconds(text: str, otherwise: float = 0.0) -> float:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 12 else otherwise
