"""The tables of a file, and files that are not ours."""

import sqlite3

import pytest

from routeiq.core.errors import StorageUnavailable
from routeiq.storage.sqlite import schema


@pytest.fixture
def connection():
    one = sqlite3.connect(":memory:", isolation_level=None)
    yield one
    one.close()


def test_a_new_file_gets_its_tables_and_says_whose_it_is(connection):
    schema.migrate(connection, "x.db")
    schema.migrate(connection, "x.db")
    assert connection.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)
    assert connection.execute("PRAGMA application_id").fetchone() == (schema.APPLICATION,)
    assert connection.execute("SELECT version, document FROM state").fetchall() == [(0, "{}")]


def test_a_file_of_an_earlier_release_is_brought_up_to_date_and_keeps_what_it_has(connection, monkeypatch):
    schema.migrate(connection, "x.db")
    connection.execute("UPDATE state SET version = 7")
    later = (*schema.MIGRATIONS, ("ALTER TABLE members ADD COLUMN host TEXT",))
    monkeypatch.setattr(schema, "MIGRATIONS", later)
    schema.migrate(connection, "x.db")
    assert connection.execute("SELECT host FROM members").fetchall() == []
    assert connection.execute("SELECT version FROM state").fetchone() == (7,)


def test_a_migration_that_fails_changes_nothing(connection, monkeypatch):
    schema.migrate(connection, "x.db")
    broken = (*schema.MIGRATIONS, ("CREATE TABLE added (x)", "INSERT INTO no_such_table VALUES (1)"))
    monkeypatch.setattr(schema, "MIGRATIONS", broken)
    with pytest.raises(sqlite3.OperationalError, match="no_such_table"):
        schema.migrate(connection, "x.db")
    assert connection.execute("PRAGMA user_version").fetchone() == (len(broken) - 1,)
    assert connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'added'").fetchone() is None


def test_another_programs_database_is_left_alone(connection):
    connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(StorageUnavailable, match=r"x\.db is a database of another program: name another file"):
        schema.migrate(connection, "x.db")
    assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("theirs",)]


def test_a_newer_releases_file_is_left_alone(connection):
    schema.migrate(connection, "x.db")
    connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StorageUnavailable, match="newer release of RouteIQ"):
        schema.migrate(connection, "x.db")


def test_the_sizes_of_namespaces_are_counted_by_the_file_itself(connection):
    schema.migrate(connection, "x.db")
    for number in range(3):
        connection.execute("INSERT INTO entries VALUES (NULL, 'a', ?, x'', NULL, ?)", (str(number), number))
    connection.execute("DELETE FROM entries WHERE key <> '1'")
    assert connection.execute("SELECT * FROM sizes").fetchall() == [("entries", "a", 1)]
