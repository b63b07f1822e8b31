"""The operator's state in a file; tests/unit/storage/test_states.py has what all stores have in common."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from routeiq.core.errors import StorageUnavailable
from routeiq.core.state import StoredState
from routeiq.storage.sqlite import Database, SQLiteState, SQLiteStorage


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.db"


@pytest.fixture
async def open_state(path):
    opened = []

    async def make():
        state = SQLiteState(Database(path, lock_timeout=0.1))
        opened.append(state)
        await state.open()
        return state

    yield make
    for state in opened:
        await state.close()


async def test_state_and_audit_log_outlive_the_process(open_state):
    state = await open_state()
    await state.save(0, {"a": 1})
    await state.record({"who": "me"})
    await state.close()
    again = await open_state()
    assert await again.load() == StoredState(1, {"a": 1})
    assert [one.entry for one in await again.records(None, 5)] == [{"who": "me"}]


async def test_a_process_that_was_cut_off_catches_up(open_state, path):
    reader, writer = await open_state(), await open_state()
    changes, notices = reader.changes(), reader.listen("topic")
    assert await anext(changes) == 0
    await reader._database.close()
    await writer.save(0, {})
    await writer.save(1, {"a": 1})
    await writer.broadcast("topic", 1)
    with pytest.raises(StorageUnavailable):
        await reader.load()
    await asyncio.sleep(0.5)
    await reader._database.open()
    async with asyncio.timeout(5):
        assert await anext(changes) == 2
        assert await anext(notices) == 1


async def test_a_writer_that_is_locked_out_neither_saves_nor_loses(open_state, path):
    state = await open_state()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="another process locks it"):
            await state.save(0, {"a": 1})
        other.execute("ROLLBACK")
    assert await state.load() == StoredState(0, {})
    async with asyncio.timeout(5):  # it is tried again by itself
        while not state.available:
            await asyncio.sleep(0.05)
    assert await state.save(0, {"a": 1}) == 1


async def test_after_a_failure_the_version_is_told_again_for_whoever_could_not_load_it(open_state, path):
    state = await open_state()
    changes = state.changes()
    assert await anext(changes) == 0
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable):
            await state.announce("a", {}, 1)
        other.execute("ROLLBACK")
    async with asyncio.timeout(5):
        assert await anext(changes) == 0


async def test_what_expired_while_nobody_ran_is_purged_at_the_start(open_state, path):
    state = await open_state()
    await SQLiteStorage(state._database).set("removed-plugin", "k", b"1", 0.01)
    await state.close()
    await asyncio.sleep(0.02)
    await open_state()
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT count(*) FROM entries").fetchone() == (0,)


async def test_old_notices_are_forgotten(open_state, path, monkeypatch):
    state = await open_state()
    monkeypatch.setattr("routeiq.storage.sqlite.state.NOTICES_KEPT", 0.01)
    for number in range(3):
        await state.broadcast("topic", number)
        await asyncio.sleep(0.02)
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT payload FROM notices").fetchall() == [("2",)]


async def test_a_file_that_cannot_be_opened_leaves_nothing_open(path):
    path.write_bytes(b"something else " * 500)
    state = SQLiteState(Database(path))
    with pytest.raises(StorageUnavailable):
        await state.open()
    path.unlink()
    await state.open()
    assert state.available
    await state.close()


def test_a_glance_at_a_file_that_is_not_there_or_damaged_tells_nothing(tmp_path):
    path = tmp_path / "folder" / "state.db"
    state = SQLiteState(Database(path))
    assert state.glance() is None
    assert not path.exists()
    path.parent.mkdir()
    path.write_bytes(b"no database at all")
    assert state.glance() is None
