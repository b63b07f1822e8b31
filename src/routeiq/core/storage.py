"""The plugins' key-value store, in memory; other backends take its place through `StorageBackend`.

A backend keeps bytes under a namespace and a key, so that two plugins never meet and no backend has to know JSON.
Values are encoded when they are stored: whoever changes an object afterwards does not change what is stored.
"""

from __future__ import annotations

import heapq
import json
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, Protocol

LARGEST_NAMESPACE: Final = 100_000
"""Entries that one plugin may have in memory. One more evicts what has expired, else what was written longest ago."""

_EXPIRED_PER_WRITE = 2  # more than one, so that the dead shrink while entries are only ever added


class StorageBackend(Protocol):
    """Where values are kept. Each method is atomic; `expires_in` is in seconds, None: until deleted."""

    async def get(self, namespace: str, key: str) -> bytes | None:
        """Return what is stored and has not expired, or None."""

    async def set(self, namespace: str, key: str, value: bytes, expires_in: float | None) -> None:
        """Store a value in place of another one and its expiry."""

    async def incr(self, namespace: str, key: str, amount: int, expires_in: float | None) -> int:
        """Add to a decimal number and return the sum; a missing one is 0, and only then `expires_in` counts.

        Raises:
            ValueError: if the value is no decimal number.
        """

    async def delete(self, namespace: str, key: str) -> bool:
        """Remove a value, and return whether there was one."""


class MemoryStorage:
    """Keeps values in this process, as long as the manager that owns it. Not shared by workers.

    Each namespace is bounded by itself, so that no plugin evicts another one's values. Expired values go when they are
    met, and a few with each write.
    """

    def __init__(self, largest: int = LARGEST_NAMESPACE, clock: Callable[[], float] = time.monotonic) -> None:
        """Make an empty one.

        Args:
            largest: Entries that a namespace may have.
            clock: Seconds that never go back.
        """
        self._largest = largest
        self._clock = clock
        self._namespaces: dict[str, _Namespace] = {}

    async def get(self, namespace: str, key: str) -> bytes | None:
        entry = self._namespace(namespace).live(key, self._clock())
        return None if entry is None else entry[0]

    async def set(self, namespace: str, key: str, value: bytes, expires_in: float | None) -> None:
        now = self._clock()
        self._namespace(namespace).write(key, value, math.inf if expires_in is None else now + expires_in, now)

    async def incr(self, namespace: str, key: str, amount: int, expires_in: float | None) -> int:
        now = self._clock()
        space = self._namespace(namespace)
        entry = space.live(key, now)
        value, deadline = entry or (b"0", math.inf if expires_in is None else now + expires_in)
        total = int(value) + amount
        space.write(key, b"%d" % total, deadline, now)
        return total

    async def delete(self, namespace: str, key: str) -> bool:
        space = self._namespace(namespace)
        return space.live(key, self._clock()) is not None and space.entries.pop(key, None) is not None

    def size(self, namespace: str) -> int:
        """Return how many entries a namespace has, expired ones that are still there included."""
        return len(self._namespace(namespace).entries)

    def _namespace(self, name: str) -> _Namespace:
        found = self._namespaces.get(name)
        if found is None:
            found = self._namespaces[name] = _Namespace(self._largest)
        return found


class _Namespace:
    """Entries as (value, deadline), the one that was written longest ago first, and the deadlines as a heap."""

    __slots__ = ("deadlines", "entries", "largest")

    def __init__(self, largest: int) -> None:
        self.largest = largest
        self.entries: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self.deadlines: list[tuple[float, str]] = []

    def live(self, key: str, now: float) -> tuple[bytes, float] | None:
        entry = self.entries.get(key)
        if entry is not None and entry[1] <= now:
            del self.entries[key]
            return None
        return entry

    def write(self, key: str, value: bytes, deadline: float, now: float) -> None:
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


class PluginStorage:
    """The SDK's `Storage`: one plugin's namespace of a backend, values as JSON."""

    __slots__ = ("_backend", "_plugin")

    def __init__(self, plugin: str, backend: StorageBackend) -> None:
        self._plugin = plugin
        self._backend = backend

    async def get(self, key: str, default: Any = None) -> Any:
        """Return a fresh copy of the value, or the default if there is none or it has expired."""
        stored = await self._backend.get(self._plugin, self._checked(key))
        return default if stored is None else json.loads(stored)

    async def set(self, key: str, value: Any, expires_in: float | None = None) -> None:
        """Store a value for `expires_in` seconds, or until it is deleted or evicted. Tuples come back as lists.

        Raises:
            TypeError: if JSON cannot hold the value: NaN, keys that are no strings, cycles, objects.
            ValueError: if `expires_in` is not above 0.
        """
        _check_expiry(expires_in)
        await self._backend.set(self._plugin, self._checked(key), _encoded(self._plugin, key, value), expires_in)

    async def incr(self, key: str, amount: int = 1, expires_in: float | None = None) -> int:
        """Add to a whole number atomically and return the sum.

        Raises:
            TypeError: if the key holds something else, or `amount` is no whole number.
            ValueError: if `expires_in` is not above 0.
        """
        _check_expiry(expires_in)
        if not isinstance(amount, int) or isinstance(amount, bool):
            raise TypeError(f"storage of {self._plugin}: incr({key!r}) adds whole numbers, not {type(amount).__name__}")
        try:
            return await self._backend.incr(self._plugin, self._checked(key), amount, expires_in)
        except ValueError:
            message = f"storage of {self._plugin}: {key!r} holds no whole number, so incr cannot add to it"
            raise TypeError(message) from None

    async def delete(self, key: str) -> bool:
        """Remove a value, and return whether there was one."""
        return await self._backend.delete(self._plugin, self._checked(key))

    def _checked(self, key: str) -> str:
        if not isinstance(key, str):
            raise TypeError(f"storage of {self._plugin}: a key is text, not {type(key).__name__}")
        return key


def _check_expiry(expires_in: float | None) -> None:
    if expires_in is not None and not 0 < expires_in < math.inf:
        raise ValueError(f"expires_in is in seconds and above 0, not {expires_in!r}; leave it out to keep a value")


def _encoded(plugin: str, key: str, value: Any) -> bytes:
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise TypeError(f"storage of {plugin}: JSON cannot hold the value of {key!r}: {reason}") from None
    wrong = _key_that_is_no_string(value)
    if wrong is not None:
        raise TypeError(
            f"storage of {plugin}: JSON cannot hold the value of {key!r}: a key is of type {wrong}, and would come back"
            " as a string"
        )
    return text.encode()


def _key_that_is_no_string(value: Any) -> str | None:
    """Return the type's name of such a key: `json.dumps` would turn it into a string without a word."""
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            for key in current:
                if not isinstance(key, str):
                    return type(key).__name__
            pending.extend(current.values())
        elif isinstance(current, list | tuple):
            pending.extend(current)
    return None
