"""The plugins' key-value store: what a backend must do, and a plugin's part of one.

A backend keeps bytes under a namespace and a key, so that two plugins never meet and no backend has to know JSON.
Values are encoded when they are stored: whoever changes an object afterwards does not change what is stored.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final, Protocol

from routeiq_plugin_sdk import Permit

NUMBERS: Final = range(-(2**63), 2**63)
"""What `incr` may reach: numbers of 64 bits, which every backend has."""
LARGEST_LIMIT: Final = 2**53 - 1
"""What `acquire` may be asked for: up to here every backend's arithmetic is exact."""


class StorageBackend(Protocol):
    """Where values are kept. Each method is atomic, and may be called in any event loop.

    `expires_in` and `window` are in seconds; an `expires_in` of None keeps a value until it is deleted.

    Every method raises StorageUnavailable if the store cannot be reached or written, in bounded time.
    """

    async def get(self, namespace: str, key: str) -> bytes | None:
        """Return what is stored and has not expired, or None."""

    async def set(self, namespace: str, key: str, value: bytes, expires_in: float | None) -> None:
        """Store a value in place of another one and its expiry."""

    async def incr(self, namespace: str, key: str, amount: int, expires_in: float | None) -> int:
        """Add to a decimal number and return the sum; a missing one is 0, and only then `expires_in` counts.

        Raises:
            ValueError: if the value is no decimal number of 64 bits.
            OverflowError: if the sum would be none.
        """

    async def delete(self, namespace: str, key: str) -> bool:
        """Remove a value, and return whether there was one."""

    async def acquire(self, namespace: str, key: str, limit: int, window: float, amount: int) -> Permit:
        """Add an amount to what is used of a limit in the running window, unless that went beyond the limit.

        Without a running window one begins, if the amount is granted. Keys of windows are apart from those of values.
        """

    async def settle(self, namespace: str, key: str, window: str, correction: int) -> None:
        """Add to what is used in a window, if that very window still runs; never below 0."""


def sum_within(value: bytes, amount: int) -> int:
    """Return the sum of a decimal number and an amount, as a backend's `incr` needs it. Raises what that raises."""
    number = int(value)
    if number not in NUMBERS:
        raise ValueError(f"{number} has more than 64 bits")
    if number + amount not in NUMBERS:
        raise OverflowError(f"{number} + {amount} has more than 64 bits")
    return number + amount


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
            OverflowError: if the sum has more than 64 bits.
        """
        _check_expiry(expires_in)
        if not _is_whole(amount):
            raise TypeError(f"storage of {self._plugin}: incr({key!r}) adds whole numbers, not {type(amount).__name__}")
        if amount not in NUMBERS:
            raise OverflowError(f"storage of {self._plugin}: incr({key!r}) adds at most 64 bits, not {amount}")
        try:
            return await self._backend.incr(self._plugin, self._checked(key), amount, expires_in)
        except ValueError:
            message = f"storage of {self._plugin}: {key!r} holds no whole number of 64 bits, so incr cannot add to it"
            raise TypeError(message) from None
        except OverflowError as error:
            raise OverflowError(f"storage of {self._plugin}: incr({key!r}): {error}") from None

    async def delete(self, key: str) -> bool:
        """Remove a value, and return whether there was one."""
        return await self._backend.delete(self._plugin, self._checked(key))

    async def acquire(self, key: str, limit: int, window: float, amount: int = 1) -> Permit:
        """Reserve an amount of a limit, exactly: over all that share the backend.

        Raises:
            TypeError: if `limit` or `amount` is no whole number.
            ValueError: if one of them is below 0 or above 2**53 - 1, `amount` is 0, or `window` is not above 0.
        """
        for name, number, least in (("limit", limit, 0), ("amount", amount, 1)):
            self._check_number(f"acquire({key!r})", name, number, least)
        if not 0 < window < math.inf:
            raise ValueError(f"storage of {self._plugin}: a window is in seconds and above 0, not {window!r}")
        return await self._backend.acquire(self._plugin, self._checked(key), limit, window, amount)

    async def settle(self, permit: Permit, used: int) -> None:
        """Correct a reservation to what was really used.

        Raises:
            TypeError: if `used` is no whole number.
            ValueError: if it is below 0 or above 2**53 - 1.
        """
        self._check_number(f"settle({permit.key!r})", "used", used, 0)
        if permit.granted and used != permit.amount:
            await self._backend.settle(self._plugin, permit.key, permit.window, used - permit.amount)

    def _check_number(self, call: str, name: str, number: int, least: int) -> None:
        if not _is_whole(number):
            raise TypeError(f"storage of {self._plugin}: {call}: {name} is a whole number, not {type(number).__name__}")
        if not least <= number <= LARGEST_LIMIT:
            raise ValueError(f"storage of {self._plugin}: {call}: {name} is from {least} to 2**53 - 1, not {number}")

    def _checked(self, key: str) -> str:
        if not isinstance(key, str):
            raise TypeError(f"storage of {self._plugin}: a key is text, not {type(key).__name__}")
        try:
            key.encode()
        except UnicodeEncodeError:
            raise ValueError(f"storage of {self._plugin}: {key!r} is no key: it holds half of a character") from None
        return key


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


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
