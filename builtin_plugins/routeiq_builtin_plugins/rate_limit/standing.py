"""How one request stands with the limits: kept in its `shared` from hook to hook."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .limiter import Held


@dataclass(slots=True)
class Standing:
    """What one instance of the plugin has reserved for a request.

    Attributes:
        held: What was reserved for the request itself.
        calls: What was reserved for its calls of models, by their ids, until they end.
        refused: The limit that refused it, if one did.
        told: All that was granted to calls, for the headers: of calls that have ended too.
    """

    held: list[Held] = field(default_factory=list)
    calls: dict[str, list[Held]] = field(default_factory=dict)
    refused: Held | None = None
    told: list[Held] = field(default_factory=list)

    def all(self) -> list[Held]:
        """Return what the headers tell: of a refused request the limit that refused it alone."""
        return [self.refused] if self.refused is not None else [*self.held, *self.told]


def standing_of(shared: dict[str, Any], plugin: str) -> Standing:
    """Return the standing in a request's `shared`, a new one if there is none."""
    standing = shared.get(plugin)
    if not isinstance(standing, Standing):
        standing = shared[plugin] = Standing()
    return standing
