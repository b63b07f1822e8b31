"""What a plugin keeps: values by key, and limits that hold over all workers and replicas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


class StorageUnavailable(Exception):
    """The storage cannot be reached, or cannot write: its text says why.

    Whether a change was made is not known then, since an answer may have been lost on the way. A hook that lets it
    escape has failed, and its plugin's failure mode decides.
    """


@dataclass(frozen=True, slots=True)
class Permit:
    """What `Storage.acquire` answers: whether the amount was granted, and what rate-limit headers tell.

    Attributes:
        granted: Whether the amount was reserved. If not, nothing was.
        remaining: What is left of the limit in this window; never below 0.
        reset_after: Seconds until the window is over and the whole limit is there again. An amount above the limit
            that begins no window gets a whole window's length.
        key: The key that it was acquired by.
        amount: The amount that was asked for.
        window: Which window granted it; for `settle` alone.
    """

    granted: bool
    remaining: int
    reset_after: float
    key: str
    amount: int
    window: str


class Storage(Protocol):
    """A key-value store of the plugin's own. Values are what JSON can hold; keys of two plugins never meet.

    Every method raises `StorageUnavailable` where the store cannot be reached; none waits for it without end.
    """

    async def get(self, key: str, default: Any = None) -> Any:
        """Return the value, or the default if there is none or it has expired."""

    async def set(self, key: str, value: Any, expires_in: float | None = None) -> None:
        """Store a value, for `expires_in` seconds or until it is deleted. Raises TypeError if JSON cannot hold it."""

    async def incr(self, key: str, amount: int = 1, expires_in: float | None = None) -> int:
        """Add to a whole number atomically and return the sum; a missing one counts as 0.

        `expires_in` holds from the first increment on and is not prolonged by later ones. Raises TypeError if the key
        holds something else, OverflowError if the sum has more than 64 bits.
        """

    async def delete(self, key: str) -> bool:
        """Remove a value, and return whether there was one."""

    async def acquire(self, key: str, limit: int, window: float, amount: int = 1) -> Permit:
        """Reserve an amount of a limit, exactly: all workers and replicas together are never granted more.

        The limit holds for a window of so many seconds that begins with its first acquire; a new one begins with the
        first acquire after its end. A refused acquire reserves nothing and prolongs nothing. Keys of windows are apart
        from those of values. A changed `limit` holds at once, a changed `window` from the next window on.
        """

    async def settle(self, permit: Permit, used: int) -> None:
        """Correct a reservation to what was really used, more or less: for tokens, which are known only afterwards.

        Call it at most once for a permit. Without effect once the window is over, and for a permit that was refused.
        """
