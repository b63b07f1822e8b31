"""Where an answer comes from, as responses tell it: `cache-status` (RFC 9211) and `age` (RFC 9111 section 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

CACHE: Final = "RouteIQ"

Forwarded = Literal["miss", "request", "bypass"]


@dataclass(frozen=True, slots=True)
class Status:
    """How a call was treated.

    Attributes:
        forwarded: Why the model was asked: there was no answer (`miss`), the client wanted a new one (`request`), or
            its answers are not kept (`bypass`). None: it was not asked.
        detail: More of it: `semantic`, or why answers are not kept.
        collapsed: Whether the answer was another call's that was asking the same.
        age: Of an answer that was kept, in seconds.
        ttl: For how many seconds that still holds.
    """

    forwarded: Forwarded | None = None
    detail: str | None = None
    collapsed: bool = False
    age: float = 0.0
    ttl: float = 0.0

    @property
    def outcome(self) -> str:
        """A word for figures."""
        if self.forwarded is not None:
            return self.forwarded
        return "semantic" if self.detail == "semantic" else "collapsed" if self.collapsed else "hit"

    def headers(self) -> dict[str, str]:
        """Return the fields that tell it."""
        detail = f"; detail={self.detail}" if self.detail is not None else ""
        if self.forwarded is not None:
            return {"cache-status": f"{CACHE}; fwd={self.forwarded}{detail}"}
        collapsed = "; collapsed" if self.collapsed else ""
        return {"cache-status": f"{CACHE}; hit; ttl={int(self.ttl)}{collapsed}{detail}", "age": str(int(self.age))}
