"""The plugins' key-value store: a backend for the whole manager, and each plugin's own part of it."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

import orjson

LARGEST: Final = 100_000


class StorageBackend(Protocol):
    """Keeps encoded values under keys that are unique in a manager."""

    async def get(self, key: str) -> bytes | None:
        """Return a value that has not expired, or None."""

    async def set(self, key: str, value: bytes, expires_in: float | None) -> None:
        """Store a value for so many seconds, or until it is deleted."""

    async def incr(self, key: str, amount: int, expires_in: float | None) -> int:
        """Add atomically and return the sum. Raises TypeError for a value that is no whole number."""

    async def delete(self, key: str) -> bool:
        """Remove a value, and return whether there was one."""


class MemoryStorage:
    """Keeps values in this process, at most `largest` of them: then expired ones go, and after them the oldest."""

    def __init__(self, largest: int = LARGEST, clock: Callable[[], float] = time.monotonic) -> None:
        self._largest = largest
        self._clock = clock
        self._values: dict[str, tuple[bytes, float | None]] = {}
        self._expiries: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._values)

    async def get(self, key: str) -> bytes | None:
        """Return a value that has not expired, or None."""
        return self._live(key)

    async def set(self, key: str, value: bytes, expires_in: float | None) -> None:
        """Store a value for so many seconds, or until it is deleted."""
        self._put(key, value, None if expires_in is None else self._clock() + expires_in)

    async def incr(self, key: str, amount: int, expires_in: float | None) -> int:
        """Add and return the sum; the expiry is that of the first increment."""
        present = self._live(key)
        if present is None:
            await self.set(key, orjson.dumps(amount), expires_in)
            return amount
        number = orjson.loads(present)
        if not isinstance(number, int) or isinstance(number, bool):
            raise TypeError(f"key {key.partition(':')[2]!r} holds {type(number).__name__}, which cannot be incremented")
        self._values[key] = orjson.dumps(number + amount), self._values[key][1]
        return number + amount

    async def delete(self, key: str) -> bool:
        """Remove a value, and return whether there was one."""
        live = self._live(key) is not None
        self._values.pop(key, None)
        return live

    def _live(self, key: str) -> bytes | None:
        found = self._values.get(key)
        if found is None:
            return None
        if found[1] is not None and found[1] <= self._clock():
            del self._values[key]
            return None
        return found[0]

    def _put(self, key: str, value: bytes, expiry: float | None) -> None:
        self._values.pop(key, None)  # so that the dictionary's order is that of the writes
        self._values[key] = value, expiry
        if expiry is not None:
            heapq.heappush(self._expiries, (expiry, key))
        self._purge()

    def _purge(self) -> None:
        now = self._clock()
        while self._expiries and (self._expiries[0][0] <= now or len(self._expiries) > 2 * self._largest):
            expiry, key = heapq.heappop(self._expiries)
            if key in self._values and self._values[key][1] == expiry and expiry <= now:
                del self._values[key]
        while len(self._values) > self._largest:
            del self._values[next(iter(self._values))]


class PluginStorage:
    """A plugin's part of the store: its keys meet no other plugin's, and values are copies."""

    __slots__ = ("_backend", "_plugin")

    def __init__(self, plugin: str, backend: StorageBackend) -> None:
        self._plugin = plugin
        self._backend = backend

    async def get(self, key: str, default: Any = None) -> Any:
        """Return the value, or the default if there is none or it has expired."""
        value = await self._backend.get(self._key(key))
        return default if value is None else orjson.loads(value)

    async def set(self, key: str, value: Any, expires_in: float | None = None) -> None:
        """Store a value. Raises TypeError if JSON cannot hold it, ValueError for an expiry that is not positive."""
        try:
            encoded = orjson.dumps(value)
        except TypeError as error:
            raise TypeError(f"the value for key {key!r} cannot be stored as JSON: {error}") from None
        await self._backend.set(self._key(key), encoded, _positive(expires_in))

    async def incr(self, key: str, amount: int = 1, expires_in: float | None = None) -> int:
        """Add to a whole number atomically and return the sum."""
        return await self._backend.incr(self._key(key), amount, _positive(expires_in))

    async def delete(self, key: str) -> bool:
        """Remove a value, and return whether there was one."""
        return await self._backend.delete(self._key(key))

    def _key(self, key: str) -> str:
        if not isinstance(key, str) or not key:
            raise TypeError(f"a key is a text that is not empty, not {key!r}")
        return f"{self._plugin}:{key}"  # plugin names have no colon


def _positive(seconds: float | None) -> float | None:
    if seconds is not None and not seconds > 0:
        raise ValueError(f"expires_in={seconds!r} must be a number of seconds above 0")
    return seconds
