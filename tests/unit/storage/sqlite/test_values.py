"""Plugins' values in a file; tests/unit/storage/test_backends.py has what all stores have in common."""

import pytest
from tests.fakes.clock import Clock

from routeiq.core.storage import PluginStorage
from routeiq.storage.sqlite import Database, SQLiteStorage


@pytest.fixture
def clock():
    return Clock(1_000_000.0)


@pytest.fixture
async def database(tmp_path):
    one = Database(tmp_path / "state.db")
    await one.open()
    yield one
    await one.close()


@pytest.fixture
def backend(database, clock):
    return SQLiteStorage(database, 100, clock)


@pytest.fixture
def storage(backend):
    return PluginStorage("a", backend)


async def rows(database, table):
    return (await database.read(lambda c: c.execute(f"SELECT count(*) FROM {table}").fetchone()))[0]


async def test_values_and_windows_outlive_the_process(tmp_path, clock):
    for expected in (None, b"1"):
        database = Database(tmp_path / "state.db")
        await database.open()
        values = SQLiteStorage(database, clock=clock)
        assert await values.get("a", "k") == expected
        assert (await values.acquire("a", "k", 1, 60, 1)).granted == (expected is None)
        await values.set("a", "k", b"1", None)
        await database.close()


async def test_expired_values_go_while_others_are_written(database, storage, clock):
    for number in range(50):
        await storage.set(f"dead {number}", number, expires_in=1)
        await storage.acquire(f"dead {number}", 1, 1)
    clock.now += 2
    for number in range(25):
        await storage.set(f"live {number}", number)
        await storage.acquire(f"live {number}", 1, 60)
    assert (await rows(database, "entries"), await rows(database, "windows")) == (25, 25)


async def test_a_purge_removes_what_has_expired_and_nothing_else(database, backend, clock):
    for namespace in ("a", "b"):
        storage = PluginStorage(namespace, backend)
        await storage.set("dead", 1, expires_in=1)
        await storage.set("live", 1, expires_in=60)
        await storage.set("stays", 1)
        await storage.acquire("dead", 1, 1)
        await storage.acquire("live", 1, 60)
    clock.now += 2
    await backend.purge()
    assert (await rows(database, "entries"), await rows(database, "windows")) == (4, 2)


async def test_a_clock_that_is_set_back_makes_no_window_longer(storage, clock):
    await storage.acquire("k", 1, 60)
    clock.now -= 3600
    permit = await storage.acquire("k", 1, 60)
    assert (permit.granted, permit.reset_after) == (True, 60)


async def test_a_clock_that_is_set_back_makes_no_value_older_than_those_before_it(storage, clock):
    for number in range(100):
        await storage.set(str(number), number)
    clock.now -= 3600
    await storage.set("new", 1)
    assert (await storage.get("new"), await storage.get("0"), await storage.get("1")) == (1, None, 1)
