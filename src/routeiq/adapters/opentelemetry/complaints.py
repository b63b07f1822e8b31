"""Complaints that would repeat with each batch or request: each is made once in a while, with how often it was due.

A collector that cannot be reached is nothing that a log should fill up with.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

INTERVAL: Final = 300.0
"""Seconds that pass between two complaints of the same kind."""
KINDS: Final = 100
"""Kinds that are told apart; all further ones count as one."""


class Complaints:
    """Decides which of many complaints are made."""

    def __init__(self, interval: float = INTERVAL, clock: Callable[[], float] = time.monotonic) -> None:
        """Make a judge.

        Args:
            interval: Seconds between two of the same kind.
            clock: Seconds that only rise; a test hands over its own.
        """
        self._interval = interval
        self._clock = clock
        self._made: dict[object, float] = {}
        self._withheld: dict[object, int] = {}

    def due(self, kind: object) -> int | None:
        """Return how many of its kind were withheld since the last one; None for one that is withheld itself."""
        if kind not in self._made and len(self._made) >= KINDS:
            kind = None
        now = self._clock()
        made = self._made.get(kind)
        if made is not None and now - made < self._interval:
            self._withheld[kind] = self._withheld.get(kind, 0) + 1
            return None
        self._made[kind] = now
        return self._withheld.pop(kind, 0)


class SelectedComplaints(logging.Filter):
    """Lets a logger's records through once in a while."""

    def __init__(self, complaints: Complaints) -> None:
        super().__init__()
        self._complaints = complaints

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record passes; one that stands for others says so."""
        withheld = self._complaints.due((record.name, record.levelno, record.msg))
        if withheld:
            record.msg, record.args = f"{record.getMessage()} ({withheld} more like this one since the last)", None
        return withheld is not None
