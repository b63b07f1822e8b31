"""`context.storage` in memory, for unit tests: the rules of the host's, and a clock that the test moves."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from typing import Any, Final

from ..storage import Permit

_NUMBERS: Final = range(-(2**63), 2**63)


class MockStorage:
    """The SDK's `Storage` of one plugin.

    Attributes:
        failure: Raised by every method, as long as it is set: `StorageUnavailable(...)`.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Make an empty one.

        Args:
            clock: Seconds that never go back.
        """
        self.failure: Exception | None = None
        self._clock = clock
        self._values: dict[str, tuple[str, float]] = {}
        self._windows: dict[str, tuple[int, float, str]] = {}
        self._tokens = itertools.count(1)

    async def get(self, key: str, default: Any = None) -> Any:
        """Return a copy of the value, or the default."""
        found = self._live(key)
        return default if found is None else json.loads(found[0])

    async def set(self, key: str, value: Any, expires_in: float | None = None) -> None:
        """Store a value. Raises TypeError if JSON cannot hold it, ValueError for an expiry that is none."""
        self._check(key)
        deadline = self._deadline(expires_in)
        if not _is_json(value):
            raise TypeError(f"JSON cannot hold the value of {key!r}: NaN, keys that are no text, or other objects")
        self._values[key] = json.dumps(value), deadline

    async def incr(self, key: str, amount: int = 1, expires_in: float | None = None) -> int:
        """Add to a whole number. Raises TypeError, ValueError and OverflowError as the host's storage does."""
        deadline = self._deadline(expires_in)
        if not _is_whole(amount):
            raise TypeError(f"incr({key!r}) adds whole numbers, not {type(amount).__name__}")
        if amount not in _NUMBERS:
            raise OverflowError(f"incr({key!r}) adds at most 64 bits, not {amount}")
        text, deadline = self._live(key) or ("0", deadline)
        before = json.loads(text)
        if not _is_whole(before) or before not in _NUMBERS:
            raise TypeError(f"{key!r} holds no whole number of 64 bits, so incr cannot add to it")
        total: int = before + amount
        if total not in _NUMBERS:
            raise OverflowError(f"incr({key!r}): {total} has more than 64 bits")
        self._values[key] = json.dumps(total), deadline
        return total

    async def delete(self, key: str) -> bool:
        """Remove a value, and return whether there was one."""
        return self._live(key) is not None and self._values.pop(key, None) is not None

    async def acquire(self, key: str, limit: int, window: float, amount: int = 1) -> Permit:
        """Reserve an amount of a limit. Raises TypeError and ValueError as the host's storage does."""
        self._check(key)
        for name, number, least in (("limit", limit, 0), ("amount", amount, 1)):
            if not _is_whole(number):
                raise TypeError(f"acquire({key!r}): {name} is a whole number, not {type(number).__name__}")
            if not least <= number < 2**53:
                raise ValueError(f"acquire({key!r}): {name} is from {least} to 2**53 - 1, not {number}")
        if not 0 < window < math.inf:
            raise ValueError(f"a window is in seconds and above 0, not {window!r}")
        now = self._clock()
        running = self._windows.get(key)
        if running is not None and running[1] <= now:
            running = None
        used, ends, token = running or (0, now + window, str(next(self._tokens)))
        granted = used + amount <= limit
        if granted:
            used += amount
            self._windows[key] = used, ends, token
        return Permit(granted, max(limit - used, 0), ends - now, key, amount, token)

    async def settle(self, permit: Permit, used: int) -> None:
        """Correct a reservation to what was really used."""
        self._check(permit.key)
        if not _is_whole(used):
            raise TypeError(f"settle({permit.key!r}): used is a whole number, not {type(used).__name__}")
        if not 0 <= used < 2**53:
            raise ValueError(f"settle({permit.key!r}): used is from 0 to 2**53 - 1, not {used}")
        running = self._windows.get(permit.key)
        if permit.granted and running is not None and running[2] == permit.window and running[1] > self._clock():
            total = max(running[0] + used - permit.amount, 0)
            self._windows[permit.key] = total, running[1], running[2]

    def _live(self, key: str) -> tuple[str, float] | None:
        self._check(key)
        found = self._values.get(key)
        return None if found is None or found[1] <= self._clock() else found

    def _check(self, key: str) -> None:
        if self.failure is not None:
            raise self.failure
        if not isinstance(key, str):
            raise TypeError(f"a key is text, not {type(key).__name__}")

    def _deadline(self, expires_in: float | None) -> float:
        if expires_in is None:
            return math.inf
        if not 0 < expires_in < math.inf:
            raise ValueError(f"expires_in is in seconds and above 0, not {expires_in!r}; leave it out to keep a value")
        return self._clock() + expires_in


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _is_json(value: object) -> bool:
    """Return whether JSON holds a value as it is."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(one) for key, one in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_json, value))
    return math.isfinite(value) if isinstance(value, float) else isinstance(value, str | int | bool | None)
