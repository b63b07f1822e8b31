"""A clock that a test moves."""

from __future__ import annotations


class Clock:
    """Gives `now`, in seconds, to whoever calls it."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return the time."""
        return self.now
