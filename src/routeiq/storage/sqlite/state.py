"""The operator's state in a file: a `StateStore` that all workers of a machine share.

SQLite tells nobody of another process's changes, so the file is looked at five times a second: one indexed read.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Final

from routeiq.core.errors import StateConflict, StorageUnavailable
from routeiq.core.state import KEPT_RECORDS, UNREAD_NOTICES, Record, StoredState, encoded
from routeiq.core.watches import Watches

from .database import Database
from .values import SQLiteStorage

POLL_INTERVAL: Final = 0.2
"""Seconds after which another process's change is noticed."""
INSPECTION_INTERVAL: Final = 1.0
"""Seconds after which a file that failed is tried again, and one that was removed is missed."""
NOTICES_KEPT: Final = 60.0
"""Seconds after which a notice has been read by whoever still lives."""

_NEWS: Final = "SELECT number, topic, payload FROM notices WHERE number > ? ORDER BY number"
_LEASE: Final = """
    INSERT INTO leases (name, holder, expires) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires = excluded.expires
    WHERE holder = excluded.holder OR expires <= ?
"""


class SQLiteState:
    """Opens and closes the database, which plugins' values may share, and watches it."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """Use a database of one's own, or one that is shared with a `SQLiteStorage`.

        Args:
            clock: Unix seconds, the same for all processes of the machine.
        """
        self._database = database
        self._clock = clock
        self._changes: Watches[int] = Watches(1)
        self._topics: dict[str, Watches[Any]] = {}
        self._seen_version = 0
        self._seen_notice = 0
        self._looking: asyncio.Lock
        self._watching: asyncio.Task[None] | None = None

    @property
    def available(self) -> bool:
        return not self._database.reason

    @property
    def reason(self) -> str:
        return self._database.reason

    async def open(self) -> None:
        """Open the file, remove from it what has expired, and begin to watch it."""
        if self._watching is not None:
            return
        self._looking = asyncio.Lock()
        await self._database.open()
        try:
            await SQLiteStorage(self._database, clock=self._clock).purge()
            self._seen_version, self._seen_notice = await self._database.read(_present)
        except BaseException:
            await self._database.close()
            raise
        self._watching = asyncio.create_task(self._watch(), name=f"watch {self._database.path}")

    async def close(self) -> None:
        """End all iterators, and close the file."""
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        for watches in (self._changes, *self._topics.values()):
            watches.close()
        await self._database.close()

    def glance(self) -> StoredState | None:
        """Return the state that the file has, read without waiting for anybody; None if there is no such file yet."""
        location = f"{self._database.path.as_uri()}?mode=ro"
        try:
            with contextlib.closing(sqlite3.connect(location, timeout=0.2, uri=True)) as connection:
                version, document = connection.execute("SELECT version, document FROM state").fetchone()
            return StoredState(version, json.loads(document))
        except (sqlite3.Error, TypeError, ValueError):
            return None  # what is wrong with the file is told when it is opened

    async def load(self) -> StoredState:
        """Return the state as it is in the file."""
        version, document = await self._database.read(
            lambda connection: connection.execute("SELECT version, document FROM state").fetchone()
        )
        return StoredState(version, json.loads(document))

    async def save(self, expected: int, document: Mapping[str, Any]) -> int:
        """Replace the state; it is on the disk when this returns. Raises StateConflict."""
        text = encoded(document)

        def replace(connection: sqlite3.Connection) -> int:
            (version,) = connection.execute("SELECT version FROM state").fetchone()
            if version != expected:
                raise StateConflict(expected, version)
            connection.execute("UPDATE state SET version = ?, document = ?", (version + 1, text))
            return expected + 1

        version = await self._database.write(replace, durable=True)
        await self._look_if_possible()
        return version

    def changes(self) -> AsyncIterator[int]:
        """Return an iterator of versions, the present one first."""
        watch = self._changes.watch()
        watch.put(self._seen_version)
        return watch

    async def record(self, entry: Mapping[str, Any]) -> None:
        """Append to the audit log; it is on the disk when this returns."""
        text = encoded(entry)

        def append(connection: sqlite3.Connection) -> None:
            number = connection.execute("INSERT INTO records (entry) VALUES (?)", (text,)).lastrowid
            connection.execute("DELETE FROM records WHERE number <= ?", (int(number or 0) - KEPT_RECORDS,))

        await self._database.write(append, durable=True)

    async def records(self, before: int | None, limit: int) -> Sequence[Record]:
        """Return entries of the audit log, the newest first."""
        query = "SELECT number, entry FROM records WHERE ? IS NULL OR number < ? ORDER BY number DESC LIMIT ?"
        rows = await self._database.read(
            lambda connection: connection.execute(query, (before, before, limit)).fetchall()
        )
        return [Record(number, json.loads(text)) for number, text in rows]

    async def announce(self, member: str, facts: Mapping[str, Any], expires_in: float) -> None:
        """Note what a process tells of itself."""
        text = encoded(facts)

        def note(connection: sqlite3.Connection) -> None:
            now = self._clock()
            connection.execute("DELETE FROM members WHERE expires <= ?", (now,))
            connection.execute("INSERT OR REPLACE INTO members VALUES (?, ?, ?)", (member, text, now + expires_in))

        await self._database.write(note)

    async def members(self) -> Mapping[str, Mapping[str, Any]]:
        """Return what processes told of themselves."""
        query, now = "SELECT name, facts FROM members WHERE expires > ? ORDER BY name", self._clock()
        rows = await self._database.read(lambda connection: connection.execute(query, (now,)).fetchall())
        return {name: json.loads(facts) for name, facts in rows}

    async def broadcast(self, topic: str, payload: Any) -> None:
        """Write a notice, which every process finds when it looks next."""
        text = encoded(payload)

        def write(connection: sqlite3.Connection) -> None:
            now = self._clock()
            connection.execute("DELETE FROM notices WHERE at <= ?", (now - NOTICES_KEPT,))
            connection.execute("INSERT INTO notices (topic, payload, at) VALUES (?, ?, ?)", (topic, text, now))

        await self._database.write(write)
        await self._look_if_possible()

    def listen(self, topic: str) -> AsyncIterator[Any]:
        """Return an iterator of a topic's notices."""
        return self._topics.setdefault(topic, Watches(UNREAD_NOTICES)).watch()

    async def lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take a lease that is free, over, or the holder's own."""

        def take(connection: sqlite3.Connection) -> bool:
            now = self._clock()
            return connection.execute(_LEASE, (name, holder, now + seconds, now)).rowcount > 0

        return await self._database.write(take)

    async def _watch(self) -> None:
        inspected, failures = time.monotonic(), self._database.failures
        while True:
            await asyncio.sleep(POLL_INTERVAL)
            await self._look_if_possible()
            if self.available and self._database.failures != failures:
                # Who was told of a change may have failed to load it.
                failures = self._database.failures
                self._changes.put(self._seen_version)
            if time.monotonic() - inspected > INSPECTION_INTERVAL:
                await self._database.inspect()
                inspected = time.monotonic()

    async def _look_if_possible(self) -> None:
        with contextlib.suppress(StorageUnavailable):  # logged; `reason` says it, and there will be another time
            await self._look()

    async def _look(self) -> None:
        """Tell readers what is new in the file."""
        async with self._looking:
            seen = self._seen_notice
            version, news = await self._database.read(
                lambda connection: (_present(connection)[0], connection.execute(_NEWS, (seen,)).fetchall())
            )
            if version != self._seen_version:
                self._seen_version = version
                self._changes.put(version)
            for number, topic, payload in news:
                self._seen_notice = number
                if topic in self._topics:
                    self._topics[topic].put(json.loads(payload))


def _present(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return the state's version, and the number of the newest notice that there ever was."""
    version, number = connection.execute(
        "SELECT version, (SELECT seq FROM sqlite_sequence WHERE name = 'notices') FROM state"
    ).fetchone()
    return version, number or 0
