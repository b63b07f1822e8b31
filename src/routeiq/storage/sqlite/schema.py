"""The tables of a store in a file, and how a file of an earlier release becomes one of this release."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

from routeiq.core.errors import StorageUnavailable

APPLICATION: Final = 0x52494F51  # "RIOQ": what `file` shows, and what tells our files from other programs'

# Each entry brings a file from the version of its index to the next one. What was released is never changed.
MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """
        CREATE TABLE entries (
            id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
            expires REAL, written INTEGER NOT NULL, UNIQUE (namespace, key)
        )
        """,
        "CREATE INDEX entries_by_expiry ON entries (namespace, expires) WHERE expires IS NOT NULL",
        "CREATE INDEX entries_by_age ON entries (namespace, written)",
        """
        CREATE TABLE windows (
            id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, key TEXT NOT NULL, used INTEGER NOT NULL,
            ends REAL NOT NULL, length REAL NOT NULL, token TEXT NOT NULL, begun INTEGER NOT NULL,
            UNIQUE (namespace, key)
        )
        """,
        "CREATE INDEX windows_by_end ON windows (namespace, ends)",
        "CREATE INDEX windows_by_age ON windows (namespace, begun)",
        # Counting the rows of a full namespace with each write would take longer than the write.
        "CREATE TABLE sizes (kind TEXT, namespace TEXT, rows INTEGER NOT NULL, PRIMARY KEY (kind, namespace))",
        *(
            statement
            for table in ("entries", "windows")
            for statement in (
                f"""
                CREATE TRIGGER {table}_added AFTER INSERT ON {table} BEGIN
                    INSERT INTO sizes VALUES ('{table}', new.namespace, 1)
                    ON CONFLICT (kind, namespace) DO UPDATE SET rows = rows + 1;
                END
                """,
                f"""
                CREATE TRIGGER {table}_removed AFTER DELETE ON {table} BEGIN
                    UPDATE sizes SET rows = rows - 1 WHERE kind = '{table}' AND namespace = old.namespace;
                END
                """,
            )
        ),
        """
        CREATE TABLE state (
            one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, document TEXT NOT NULL
        )
        """,
        "INSERT INTO state VALUES (1, 0, '{}')",
        "CREATE TABLE records (number INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL)",
        "CREATE TABLE members (name TEXT PRIMARY KEY, facts TEXT NOT NULL, expires REAL NOT NULL)",
        "CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, expires REAL NOT NULL)",
        """
        CREATE TABLE notices (
            number INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, payload TEXT NOT NULL, at REAL NOT NULL
        )
        """,
    ),
)


def migrate(connection: sqlite3.Connection, path: str) -> None:
    """Bring a file up to date, whole or not at all; several processes may try at once.

    Raises:
        StorageUnavailable: if it is another program's, or a newer release's.
    """
    version = _in_transaction(connection, "BEGIN", lambda: _version(connection, path))
    while version < len(MIGRATIONS):
        version = _in_transaction(connection, "BEGIN IMMEDIATE", lambda: _step(connection, path))


def _in_transaction(connection: sqlite3.Connection, begin: str, step: Callable[[], int]) -> int:
    connection.execute(begin)
    try:
        result = step()
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def _step(connection: sqlite3.Connection, path: str) -> int:
    version = _version(connection, path)  # another process may have been here
    if version < len(MIGRATIONS):
        for statement in MIGRATIONS[version]:
            connection.execute(statement)
        version += 1
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {version}")
    return version


def _version(connection: sqlite3.Connection, path: str) -> int:
    application, version = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    if application != APPLICATION and connection.execute("SELECT 1 FROM sqlite_schema").fetchone() is not None:
        raise StorageUnavailable(f"{path} is a database of another program: name another file")
    if version > len(MIGRATIONS):
        raise StorageUnavailable(
            f"{path} was written by a newer release of RouteIQ (its tables have version {version}, this release knows"
            f" {len(MIGRATIONS)}): use that release, or another file"
        )
    found: int = version
    return found
