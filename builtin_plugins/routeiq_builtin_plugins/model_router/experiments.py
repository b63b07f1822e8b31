"""Who gets which variant of an experiment: the same today, tomorrow and in every process."""

from __future__ import annotations

import math
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from routeiq_plugin_sdk import LLMCall

    from .config import By


class Taken(NamedTuple):
    """What a call got."""

    experiment: str
    variant: str

    def __str__(self) -> str:
        return f"{self.experiment}={self.variant}"


class Assignment:
    """Deals subjects out to variants by weighted rendezvous hashing.

    Each subject has a draw for each variant, that depends on nothing but their names, and gets the one with the best
    draw for its share. So the order of variants does not matter, and where shares change, only as many subjects move as
    must: all of them to variants that have grown.
    """

    def __init__(self, experiment: str, shares: Mapping[str, float]) -> None:
        self._experiment = experiment
        self._shares = {variant: share for variant, share in sorted(shares.items()) if share > 0}

    def variant(self, subject: str) -> str:
        """Return the variant of a subject."""
        if len(self._shares) == 1:
            return next(iter(self._shares))
        return min(self._shares, key=lambda variant: self._wait(variant, subject))

    def _wait(self, variant: str, subject: str) -> float:
        """Return a draw from the exponential distribution whose rate is the share: the least of them wins by shares."""
        digest = sha256(f"{self._experiment}\0{variant}\0{subject}".encode()).digest()
        uniform = (int.from_bytes(digest[:8], "big") + 1) / (2**64 + 1)
        return -math.log(uniform) / self._shares[variant]


def subject(call: LLMCall, by: By, header: str) -> str:
    """Return what decides about a call's variant: whoever makes it, or the call itself where that is not known."""
    if by == "principal" and call.principal is not None:
        return f"principal {call.principal.id}"
    if by == "header" and call.request is not None:
        value = call.request.headers.get(header)
        if value:
            return f"header {value}"
    return f"call {call.id}"
