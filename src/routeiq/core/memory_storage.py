"""The plugins' key-value store in memory: for a gateway that keeps nothing, and where no file can be written."""

from __future__ import annotations

import heapq
import itertools
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from routeiq_plugin_sdk import Permit

from .storage import sum_within

V = TypeVar("V")

LARGEST_NAMESPACE: Final = 100_000
"""Values, and windows, of one plugin. One more evicts what has expired, else what was written longest ago."""

_EXPIRED_PER_WRITE = 2  # more than one, so that the dead shrink while entries are only ever added


class MemoryStorage:
    """Keeps values in this process, as long as the manager that owns it. Not shared by workers.

    Each namespace is bounded by itself, so that no plugin evicts another one's values; its windows are bounded apart
    from its values. Expired values go when they are met, and a few with each write.
    """

    def __init__(self, largest: int = LARGEST_NAMESPACE, clock: Callable[[], float] = time.monotonic) -> None:
        """Make an empty one.

        Args:
            largest: Entries that a namespace may have.
            clock: Seconds that never go back.
        """
        self._largest = largest
        self._clock = clock
        self._values: dict[str, _Namespace[bytes]] = {}
        self._windows: dict[str, _Namespace[_Window]] = {}
        self._tokens = itertools.count(1)
        # Hooks of synchronous LiteLLM calls run in another thread.
        self._lock = threading.Lock()

    async def get(self, namespace: str, key: str) -> bytes | None:
        with self._lock:
            entry = self._space(self._values, namespace).live(key, self._clock())
        return None if entry is None else entry[0]

    async def set(self, namespace: str, key: str, value: bytes, expires_in: float | None) -> None:
        with self._lock:
            now = self._clock()
            deadline = math.inf if expires_in is None else now + expires_in
            self._space(self._values, namespace).write(key, value, deadline, now)

    async def incr(self, namespace: str, key: str, amount: int, expires_in: float | None) -> int:
        with self._lock:
            now = self._clock()
            space = self._space(self._values, namespace)
            value, deadline = space.live(key, now) or (b"0", math.inf if expires_in is None else now + expires_in)
            total = sum_within(value, amount)
            space.write(key, b"%d" % total, deadline, now)
            return total

    async def delete(self, namespace: str, key: str) -> bool:
        with self._lock:
            space = self._space(self._values, namespace)
            return space.live(key, self._clock()) is not None and space.entries.pop(key, None) is not None

    async def acquire(self, namespace: str, key: str, limit: int, window: float, amount: int) -> Permit:
        with self._lock:
            now = self._clock()
            space = self._space(self._windows, namespace)
            running = space.live(key, now)
            current, ends = running or (_Window(0, str(next(self._tokens))), now + window)
            granted = current.used + amount <= limit
            if granted:
                current.used += amount
                if running is None:
                    space.write(key, current, ends, now)
            left = window if running is None else ends - now
            return Permit(granted, max(limit - current.used, 0), left, key, amount, current.token)

    async def settle(self, namespace: str, key: str, window: str, correction: int) -> None:
        with self._lock:
            running = self._space(self._windows, namespace).live(key, self._clock())
            if running is not None and running[0].token == window:
                running[0].used = max(running[0].used + correction, 0)

    def size(self, namespace: str) -> int:
        """Return how many values a namespace has, expired ones that are still there included."""
        with self._lock:
            return len(self._space(self._values, namespace).entries)

    def _space(self, spaces: dict[str, _Namespace[V]], name: str) -> _Namespace[V]:
        found = spaces.get(name)
        if found is None:
            found = spaces[name] = _Namespace(self._largest)
        return found


@dataclass(slots=True)
class _Window:
    used: int
    token: str


class _Namespace(Generic[V]):
    """Entries as (value, deadline), the one that was written longest ago first, and the deadlines as a heap."""

    __slots__ = ("deadlines", "entries", "largest")

    def __init__(self, largest: int) -> None:
        self.largest = largest
        self.entries: OrderedDict[str, tuple[V, float]] = OrderedDict()
        self.deadlines: list[tuple[float, str]] = []

    def live(self, key: str, now: float) -> tuple[V, float] | None:
        entry = self.entries.get(key)
        if entry is not None and entry[1] <= now:
            del self.entries[key]
            return None
        return entry

    def write(self, key: str, value: V, deadline: float, now: float) -> None:
        previous = self.entries.get(key)
        if previous is None and len(self.entries) >= self.largest and not self.purge(now, 1):
            self.entries.popitem(last=False)
        self.entries[key] = value, deadline
        self.entries.move_to_end(key)
        if deadline != math.inf and (previous is None or previous[1] != deadline):
            heapq.heappush(self.deadlines, (deadline, key))
            if len(self.deadlines) > 2 * len(self.entries) + 64:
                self.compact()
        self.purge(now, _EXPIRED_PER_WRITE)

    def purge(self, now: float, most: int) -> int:
        """Remove at most so many expired entries, and return how many."""
        removed = 0
        while removed < most and self.deadlines and self.deadlines[0][0] <= now:
            deadline, key = heapq.heappop(self.deadlines)
            entry = self.entries.get(key)
            if entry is not None and entry[1] == deadline:
                del self.entries[key]
                removed += 1
        return removed

    def compact(self) -> None:
        """Forget the deadlines of entries that were overwritten or deleted."""
        self.deadlines = [(entry[1], key) for key, entry in self.entries.items() if entry[1] != math.inf]
        heapq.heapify(self.deadlines)
