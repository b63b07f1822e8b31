"""A database file on a thread of its own: each call one transaction, in bounded time, and errors in words.

All workers of a machine share the file. SQLite's write-ahead log lets them read while one writes; whoever has to write
waits its turn.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from routeiq.core.errors import StorageUnavailable

from .schema import migrate

logger = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

LOCK_TIMEOUT: Final = 2.0
PATIENCE: Final = 3.0
OPEN_TIMEOUT: Final = 10.0
"""Seconds that processes which open a new file at once may wait for each other."""

_PRIMARY_CODE = 0xFF
_ADVICE: Final = {
    sqlite3.SQLITE_FULL: "the disk is full: free some space",
    sqlite3.SQLITE_READONLY: "it cannot be written: look at the rights of the file and its folder, and at the mount",
    sqlite3.SQLITE_PERM: "it cannot be written: look at the rights of the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: look at the rights of the file and its folder",
    sqlite3.SQLITE_BUSY: "another process locks it: find out which one holds it that long",
    sqlite3.SQLITE_LOCKED: "another process locks it: find out which one holds it that long",
    sqlite3.SQLITE_PROTOCOL: "another process locks it: find out which one holds it that long",
    sqlite3.SQLITE_IOERR: "the disk fails, or has no space or quota left",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
    sqlite3.SQLITE_CORRUPT: "it is damaged: stop the gateway, and move the file away or put a backup in its place",
    sqlite3.SQLITE_NOTADB: "it is damaged, or no database: move the file away, or put a backup in its place",
}


class Database:
    """One file. `read` and `write` may be called in any event loop.

    Attributes:
        path: The file.
        reason: Why the last attempt to write failed, or why the file cannot be used any more; empty while it works.
        failures: How often something failed since it was opened.
    """

    def __init__(self, path: Path, lock_timeout: float = LOCK_TIMEOUT, patience: float = PATIENCE) -> None:
        """Name a file.

        Args:
            lock_timeout: Seconds that a transaction waits for those of other processes.
            patience: Seconds that a call may wait for its turn on the thread.
        """
        self.path = path.absolute()
        self._lock_timeout, self._patience = lock_timeout, patience
        self.reason = ""
        self.failures = 0
        self._lost = ""
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None
        self._inode: tuple[int, int] | None = None

    async def open(self) -> None:
        """Open the file, or make it with its folder; readable by this user alone, since it may hold secrets.

        Raises:
            StorageUnavailable: if that cannot be.
        """
        if self._thread is not None:
            return
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="routeiq-sqlite")
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._connect)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the file, once what was begun is done; harmless if it is not open."""
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.get_running_loop().run_in_executor(thread, self._disconnect)
            thread.shutdown()

    async def read(self, work: Work[T]) -> T:
        """Return what a function reads, in one statement or of one snapshot.

        Raises:
            StorageUnavailable: if that fails for a reason that is not the function's.
        """
        return await self._on_thread(work)

    async def write(self, work: Work[T], *, durable: bool = False) -> T:
        """Run a function in a transaction that nobody else writes in; what it raises undoes all that it did.

        Args:
            durable: Whether it has to outlive a power failure as soon as this returns. Else it outlives the process.

        Raises:
            StorageUnavailable: as for `read`; nothing was written then.
        """

        def transaction(connection: sqlite3.Connection) -> T:
            if durable:
                connection.execute("PRAGMA synchronous = FULL")
            try:
                result = _transaction(connection, work)
            finally:
                if durable:
                    connection.execute("PRAGMA synchronous = NORMAL")
            self._writes()
            return result

        return await self._on_thread(transaction)

    async def inspect(self) -> None:
        """Find out whether a file that failed can be written again, and whether it was removed or replaced.

        What would be written to one that is gone, nobody would find again: from then on every call fails.
        """
        with contextlib.suppress(StorageUnavailable):
            await self._on_thread(lambda _: self._check_inode())
            if self.reason:
                await self.write(lambda connection: connection.execute("UPDATE state SET version = version"))

    async def _on_thread(self, work: Work[T]) -> T:
        thread, late = self._thread, time.monotonic() + self._patience
        if thread is None:
            raise StorageUnavailable(f"{self.path} is not open")

        def attempt() -> T:
            connection = self._connection
            if self._lost or connection is None:
                raise StorageUnavailable(self._lost or f"{self.path} is not open")
            if time.monotonic() > late:
                raise StorageUnavailable(self.reason or f"{self.path}: too many calls wait for it")
            try:
                return work(connection)
            except sqlite3.Error as error:
                raise self._failed(error) from error

        try:
            future = asyncio.get_running_loop().run_in_executor(thread, attempt)
        except RuntimeError:
            raise StorageUnavailable(f"{self.path} is closed") from None
        return await future

    def _connect(self) -> None:
        path = str(self.path)
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise StorageUnavailable(f"{path}: it cannot be opened for writing: {error.strerror}") from error
        connection = sqlite3.connect(path, timeout=self._lock_timeout, isolation_level=None, check_same_thread=False)
        self._connection = connection
        try:
            _patiently(lambda: connection.execute("PRAGMA journal_mode = WAL").fetchone())
            connection.execute("PRAGMA synchronous = NORMAL")
            _patiently(lambda: migrate(connection, path))
        except sqlite3.Error as error:
            raise self._failed(error) from error
        found = self.path.stat()
        self._inode, self._lost, self.reason = (found.st_dev, found.st_ino), "", ""

    def _disconnect(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):  # it may fail to tidy up, and is closed all the same
                self._connection.close()
            self._connection = None

    def _check_inode(self) -> None:
        try:
            found = self.path.stat()
            same = (found.st_dev, found.st_ino) == self._inode
        except OSError:
            same = False
        if not same:
            self._lost = f"{self.path} was removed or replaced while it was in use: restart the gateway"
            self._fails(self._lost)

    def _failed(self, error: sqlite3.Error) -> Exception:
        """Return what to raise, and note it: a mistake of ours stays as it is."""
        if not isinstance(error, sqlite3.OperationalError) and type(error) is not sqlite3.DatabaseError:
            return error
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
        message = f"{self.path}: {_ADVICE.get(code, 'it cannot be used')} ({error})"
        self._fails(message)
        return StorageUnavailable(message)

    def _fails(self, reason: str) -> None:
        if not self.reason:
            logger.error("storage: %s", reason)
        self.reason = reason
        self.failures += 1

    def _writes(self) -> None:
        if self.reason:
            logger.info("storage: %s works again", self.path)
            self.reason = ""


def _transaction(connection: sqlite3.Connection, work: Work[T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite itself may have rolled back
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        raise
    return result


def _patiently(step: Callable[[], T]) -> T:
    """Repeat what SQLite does not wait for by itself: the switch to a write-ahead log while others open the file."""
    late = time.monotonic() + OPEN_TIMEOUT
    while True:
        try:
            return step()
        except sqlite3.OperationalError as error:
            locked = error.sqlite_errorcode & _PRIMARY_CODE in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not locked or time.monotonic() > late:
                raise
            time.sleep(0.01)
