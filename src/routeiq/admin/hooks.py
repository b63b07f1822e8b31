"""Every phase with its plugins in order, and what they cost: figures of all workers of the gateway."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from .answers import Answer, Refusal
from .failures import AGAIN
from .requests import AdminRequest

Listing = Callable[[], Awaitable[list[dict[str, Any]]]]


class Hooks:
    """The listing of phases."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing

    async def show(self, request: AdminRequest) -> Answer:
        """Return all phases."""
        del request
        try:
            return Answer(200, {"hooks": await self._listing()})
        except OSError as error:  # this worker's figures alone would not be what they are called
            message = f"The figures of the other workers cannot be read: {error}."
            raise Refusal(503, message, "figures_unavailable", headers=AGAIN) from None
