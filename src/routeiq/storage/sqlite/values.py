"""The plugins' key-value store in a file: a `StorageBackend` that all workers of a machine share."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from typing import Final

from routeiq_plugin_sdk import Permit

from routeiq.core.memory_storage import LARGEST_NAMESPACE
from routeiq.core.storage import sum_within

from .database import Database

_EXPIRED_PER_WRITE: Final = 2  # more than one, so that the dead shrink while entries are only ever added
_LIVE: Final = "SELECT value, expires FROM entries WHERE namespace = ? AND key = ? AND (expires IS NULL OR expires > ?)"
# What orders entries by age is a number and no time, since clocks may be set back.
_STORE: Final = """
    INSERT INTO entries (namespace, key, value, expires, written)
    VALUES (?, ?, ?, ?, (SELECT coalesce(max(written), 0) + 1 FROM entries WHERE namespace = ?))
    ON CONFLICT (namespace, key) DO UPDATE
    SET value = excluded.value, expires = excluded.expires, written = excluded.written
"""
_PURGE: Final = """
    DELETE FROM entries WHERE id IN
    (SELECT id FROM entries WHERE namespace = ? AND expires <= ? ORDER BY expires LIMIT ?)
"""
_EVICT: Final = "DELETE FROM entries WHERE id = (SELECT id FROM entries WHERE namespace = ? ORDER BY written LIMIT 1)"
# A window that would last longer than its own length is one of before the clock was set back.
_RUNNING: Final = """
    SELECT used, ends, token FROM windows
    WHERE namespace = ? AND key = ? AND ends > ? AND ends - ? <= length
"""
_BEGIN: Final = """
    INSERT INTO windows (namespace, key, used, ends, length, token, begun)
    VALUES (?, ?, ?, ?, ?, ?, (SELECT coalesce(max(begun), 0) + 1 FROM windows WHERE namespace = ?))
    ON CONFLICT (namespace, key) DO UPDATE
    SET used = excluded.used, ends = excluded.ends, length = excluded.length, token = excluded.token,
        begun = excluded.begun
"""
_USE: Final = "UPDATE windows SET used = used + ? WHERE namespace = ? AND key = ?"
_SETTLE: Final = "UPDATE windows SET used = max(used + ?, 0) WHERE namespace = ? AND key = ? AND token = ?"
_PURGE_WINDOWS: Final = """
    DELETE FROM windows WHERE id IN
    (SELECT id FROM windows WHERE namespace = ? AND ends <= ? ORDER BY ends LIMIT ?)
"""
_EVICT_WINDOW: Final = (
    "DELETE FROM windows WHERE id = (SELECT id FROM windows WHERE namespace = ? ORDER BY begun LIMIT 1)"
)
_ROWS: Final = "SELECT rows FROM sizes WHERE kind = ? AND namespace = ?"


class SQLiteStorage:
    """Keeps values in a database that somebody else opens and closes.

    Each namespace is bounded by itself, its windows apart from its values: one too many evicts what has expired, else
    what was written longest ago.
    """

    def __init__(
        self, database: Database, largest: int = LARGEST_NAMESPACE, clock: Callable[[], float] = time.time
    ) -> None:
        """Use a database.

        Args:
            largest: Values, and windows, that a namespace may have.
            clock: Unix seconds, the same for all processes of the machine.
        """
        self._database = database
        self._largest = largest
        self._clock = clock

    async def get(self, namespace: str, key: str) -> bytes | None:
        arguments = namespace, key, self._clock()
        row = await self._database.read(lambda connection: connection.execute(_LIVE, arguments).fetchone())
        return None if row is None else row[0]

    async def set(self, namespace: str, key: str, value: bytes, expires_in: float | None) -> None:
        def store(connection: sqlite3.Connection) -> None:
            now = self._clock()  # not earlier: the transaction may have waited for others
            self._store(connection, namespace, key, value, None if expires_in is None else now + expires_in, now)

        await self._database.write(store)

    async def incr(self, namespace: str, key: str, amount: int, expires_in: float | None) -> int:
        def add(connection: sqlite3.Connection) -> int:
            now = self._clock()
            row = connection.execute(_LIVE, (namespace, key, now)).fetchone()
            value, deadline = row or (b"0", None if expires_in is None else now + expires_in)
            total = sum_within(value, amount)
            self._store(connection, namespace, key, b"%d" % total, deadline, now)
            return total

        return await self._database.write(add)

    async def delete(self, namespace: str, key: str) -> bool:
        def remove(connection: sqlite3.Connection) -> bool:
            live = connection.execute(_LIVE, (namespace, key, self._clock())).fetchone() is not None
            connection.execute("DELETE FROM entries WHERE namespace = ? AND key = ?", (namespace, key))
            return live

        return await self._database.write(remove)

    async def acquire(self, namespace: str, key: str, limit: int, window: float, amount: int) -> Permit:
        def reserve(connection: sqlite3.Connection) -> Permit:
            now = self._clock()
            running = connection.execute(_RUNNING, (namespace, key, now, now)).fetchone()
            used, ends, token = running or (0, now + window, os.urandom(8).hex())
            granted = used + amount <= limit
            if granted and running is not None:
                connection.execute(_USE, (amount, namespace, key))
            elif granted:
                connection.execute(_PURGE_WINDOWS, (namespace, now, _EXPIRED_PER_WRITE))
                connection.execute(_BEGIN, (namespace, key, amount, ends, window, token, namespace))
                self._bound(connection, "windows", namespace, now, _PURGE_WINDOWS, _EVICT_WINDOW)
            remaining = limit - used - (amount if granted else 0)
            left = window if running is None else ends - now
            return Permit(granted, max(remaining, 0), left, key, amount, token)

        return await self._database.write(reserve)

    async def settle(self, namespace: str, key: str, window: str, correction: int) -> None:
        arguments = correction, namespace, key, window
        await self._database.write(lambda connection: connection.execute(_SETTLE, arguments))

    async def purge(self) -> None:
        """Remove everything that has expired, also of plugins that are there no more."""

        def remove(connection: sqlite3.Connection) -> None:
            now = self._clock()
            connection.execute("DELETE FROM entries WHERE expires <= ?", (now,))
            connection.execute("DELETE FROM windows WHERE ends <= ?", (now,))

        await self._database.write(remove)

    def _store(
        self,
        connection: sqlite3.Connection,
        namespace: str,
        key: str,
        value: bytes,
        deadline: float | None,
        now: float,
    ) -> None:
        connection.execute(_PURGE, (namespace, now, _EXPIRED_PER_WRITE))
        connection.execute(_STORE, (namespace, key, value, deadline, namespace))
        self._bound(connection, "entries", namespace, now, _PURGE, _EVICT)

    def _bound(
        self, connection: sqlite3.Connection, kind: str, namespace: str, now: float, purge: str, evict: str
    ) -> None:
        while connection.execute(_ROWS, (kind, namespace)).fetchone()[0] > self._largest:
            if not connection.execute(purge, (namespace, now, 1)).rowcount:
                connection.execute(evict, (namespace,))
