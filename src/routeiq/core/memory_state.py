"""The operator's state in memory: it ends with the process, and no other process sees it."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from .errors import StateConflict
from .state import KEPT_RECORDS, UNREAD_NOTICES, Record, StoredState, encoded
from .watches import Watches


class MemoryState:
    """A `StateStore` of this process alone. What is given to it and taken from it are copies."""

    available = True
    reason = ""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Make an empty one.

        Args:
            clock: Seconds that never go back.
        """
        self._clock = clock
        self._version, self._document = 0, "{}"
        self._records: deque[tuple[int, str]] = deque(maxlen=KEPT_RECORDS)  # the newest first
        self._members: dict[str, tuple[float, str]] = {}
        self._leases: dict[str, tuple[float, str]] = {}
        self._changes: Watches[int] = Watches(1)
        self._topics: dict[str, Watches[Any]] = {}

    def glance(self) -> StoredState:
        """Return a copy of the state."""
        return StoredState(self._version, json.loads(self._document))

    async def open(self) -> None:
        """Do nothing: it is ready."""

    async def close(self) -> None:
        """End all iterators."""
        for watches in (self._changes, *self._topics.values()):
            watches.close()

    async def load(self) -> StoredState:
        """Return a copy of the state."""
        return StoredState(self._version, json.loads(self._document))

    async def save(self, expected: int, document: Mapping[str, Any]) -> int:
        """Replace the state. Raises StateConflict if it has another version than `expected`."""
        text = encoded(document)
        if expected != self._version:
            raise StateConflict(expected, self._version)
        self._version, self._document = expected + 1, text
        self._changes.put(self._version)
        return self._version

    def changes(self) -> AsyncIterator[int]:
        """Return an iterator of versions, the present one first."""
        watch = self._changes.watch()
        watch.put(self._version)
        return watch

    async def record(self, entry: Mapping[str, Any]) -> None:
        """Append to the audit log; the oldest of too many entries goes."""
        self._records.appendleft((self._records[0][0] + 1 if self._records else 1, encoded(entry)))

    async def records(self, before: int | None, limit: int) -> Sequence[Record]:
        """Return entries of the audit log, the newest first."""
        found = (one for one in self._records if before is None or one[0] < before)
        return [Record(number, json.loads(text)) for number, text in islice(found, limit)]

    async def announce(self, member: str, facts: Mapping[str, Any], expires_in: float) -> None:
        """Note what a process tells of itself."""
        self._members[member] = self._clock() + expires_in, encoded(facts)
        self._members = {name: one for name, one in self._members.items() if one[0] > self._clock()}

    async def members(self) -> Mapping[str, Mapping[str, Any]]:
        """Return what processes told of themselves."""
        now = self._clock()
        return {name: json.loads(text) for name, (until, text) in self._members.items() if until > now}

    async def broadcast(self, topic: str, payload: Any) -> None:
        """Give a notice to the topic's listeners."""
        text = encoded(payload)
        if topic in self._topics:
            self._topics[topic].put(json.loads(text))

    def listen(self, topic: str) -> AsyncIterator[Any]:
        """Return an iterator of a topic's notices."""
        return self._topics.setdefault(topic, Watches(UNREAD_NOTICES)).watch()

    async def lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take a lease that is free, over, or the holder's own."""
        now = self._clock()
        until, current = self._leases.get(name, (now, holder))
        if until > now and current != holder:
            return False
        self._leases[name] = now + seconds, holder
        return True
