"""The file: what goes wrong with it is said in words and in bounded time, and nothing is half written."""

import asyncio
import os
import re
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from routeiq.core.errors import StorageUnavailable
from routeiq.storage.sqlite import Database, SQLiteState, SQLiteStorage


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "state.db"


@pytest.fixture
async def database(path):
    one = Database(path, lock_timeout=0.1)
    await one.open()
    yield one
    await one.close()


@pytest.fixture
def values(database):
    return SQLiteStorage(database)


async def refused(path, message):
    database = Database(path, lock_timeout=0.1)
    with pytest.raises(StorageUnavailable, match=message) as raised:
        await database.open()
    assert str(path) in str(raised.value)
    with pytest.raises(StorageUnavailable, match="is not open"):
        await database.read(lambda connection: None)


async def test_the_file_and_its_folder_are_for_this_user_alone(database, path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()} == {0o600}


async def test_a_folder_that_cannot_be_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    await refused(tmp_path / "file" / "state.db", "it cannot be opened for writing: (File exists|Not a directory)")
    await refused(tmp_path, "it cannot be opened for writing: Is a directory")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    tmp_path.chmod(0o500)
    await refused(tmp_path / "state.db", "it cannot be opened for writing: Permission denied")


async def test_a_file_that_is_no_database_is_left_as_it_is(path):
    path.parent.mkdir()
    path.write_bytes(b"something else " * 500)
    await refused(path, "it is damaged, or no database: move the file away")
    assert path.read_bytes() == b"something else " * 500


async def test_damage_is_said_where_it_is_met(path):
    database = Database(path)
    await database.open()
    values = SQLiteStorage(database)
    for number in range(200):
        await values.set("a", str(number), b"x" * 1000, None)
    await database.close()
    with path.open("r+b") as file:
        file.seek(4096 * 5)
        file.write(b"\xff" * 4096 * 40)
    await database.open()
    with pytest.raises(StorageUnavailable, match="it is damaged: stop the gateway"):
        for number in range(200):
            await values.get("a", str(number))
    assert "it is damaged" in database.reason
    await database.close()


async def test_a_file_that_somebody_else_locks_is_an_error_soon_and_then_works_again(database, values, path):
    state = SQLiteState(database)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="another process locks it"):
            await values.set("a", "k", b"1", None)
        assert (state.available, "another process locks it" in state.reason) == (False, True)
        assert await values.get("a", "k") is None  # reading goes on
        other.execute("ROLLBACK")
    await database.inspect()
    assert (state.available, state.reason) == (True, "")
    await values.set("a", "k", b"1", None)


async def test_calls_that_wait_too_long_for_their_turn_are_given_up(path):
    database = Database(path, lock_timeout=0.2, patience=0.3)
    await database.open()
    values = SQLiteStorage(database)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with asyncio.timeout(5):
            results = await asyncio.gather(
                *(values.set("a", str(n), b"1", None) for n in range(100)), return_exceptions=True
            )
    assert {type(one) for one in results} == {StorageUnavailable}
    await database.close()


async def full(database, pages):
    await database.read(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}"))


async def test_a_full_disk_is_said_undoes_the_change_and_leaves_what_was_there(database, values, path):
    state = SQLiteState(database)
    await state.open()
    await state.save(0, {"a": 1})
    await full(database, 40)
    with pytest.raises(StorageUnavailable, match="the disk is full: free some space"):
        for number in range(100):
            await values.set("a", str(number), b"x" * 3000, None)
    kept = number
    with pytest.raises(StorageUnavailable, match="the disk is full"):
        await state.save(1, {"a": "x" * 100_000})
    assert not state.available
    assert (await state.load()).document == {"a": 1}
    assert [await values.get("a", str(n)) for n in range(kept)] == [b"x" * 3000] * kept
    assert await values.get("a", str(kept)) is None
    await full(database, 10_000)
    await database.inspect()
    assert state.available
    assert await state.save(1, {"a": 2}) == 2
    await state.close()


def test_what_the_system_refuses_to_write_is_said(path):
    program = f"""
import asyncio, pathlib, resource
from routeiq.core.errors import StorageUnavailable
from routeiq.storage.sqlite import Database, SQLiteStorage

async def main():
    database = Database(pathlib.Path({str(path)!r}))
    await database.open()
    values = SQLiteStorage(database)
    await values.set("a", "k", b"before", None)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    try:
        await values.set("a", "k", b"x" * 1_000_000, None)
    except StorageUnavailable as error:
        print(error)
    print(await values.get("a", "k"), bool(database.reason))
    await values.set("a", "k", b"after", None)
    print(await values.get("a", "k"), bool(database.reason))
    await database.close()

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    said, before, after = done.stdout.splitlines()
    assert re.match(r".*state\.db: the disk (is full|fails, or has no space or quota left)", said), done.stderr
    assert (before, after) == ("b'before' True", "b'after' False")


async def test_a_file_that_is_removed_under_the_gateway_is_no_place_to_write_to(database, values, path):
    await values.set("a", "k", b"1", None)
    path.unlink()
    await database.inspect()
    for call in (values.set("a", "k", b"2", None), values.get("a", "k")):
        with pytest.raises(StorageUnavailable, match="was removed or replaced while it was in use: restart"):
            await call
    assert "was removed" in database.reason
    await database.close()
    await database.open()
    assert (database.reason, await values.get("a", "k")) == ("", None)


async def test_what_raises_in_a_transaction_undoes_it(database):
    def work(connection):
        connection.execute("UPDATE state SET version = 5")
        raise KeyError("a mistake")

    with pytest.raises(KeyError):
        await database.write(work)
    assert await database.read(lambda c: c.execute("SELECT version FROM state").fetchone()) == (0,)
    assert database.reason == ""


async def test_a_mistake_in_a_statement_is_no_outage(database):
    with pytest.raises(sqlite3.IntegrityError):
        await database.write(lambda connection: connection.execute("INSERT INTO state VALUES (2, 0, '')"))
    assert database.reason == ""


async def test_a_call_that_is_cancelled_leaves_the_next_one_alone(database, values):
    call = asyncio.create_task(values.set("a", "k", b"1", None))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await values.set("a", "k", b"2", None)
    assert await values.get("a", "k") == b"2"


async def test_another_threads_loop_may_call_too(database, values):
    thread = threading.Thread(target=lambda: asyncio.run(values.set("a", "k", b"1", None)))
    thread.start()
    await asyncio.to_thread(thread.join)
    assert await values.get("a", "k") == b"1"


async def test_before_and_after_it_is_open_every_call_says_so(path):
    database = Database(path)
    with pytest.raises(StorageUnavailable, match="is not open"):
        await database.read(lambda connection: None)
    await database.close()
    await database.open()
    await database.close()
    with pytest.raises(StorageUnavailable, match="is not open"):
        await database.write(lambda connection: None)
