"""The store in memory: bounded, each namespace by itself, and exact."""

import asyncio
import threading

import pytest
from tests.fakes.clock import Clock

from routeiq.core.memory_storage import MemoryStorage
from routeiq.core.storage import PluginStorage


@pytest.fixture
def clock():
    return Clock(100.0)


@pytest.fixture
def backend(clock):
    return MemoryStorage(largest=3, clock=clock)


@pytest.fixture
def storage(backend):
    return PluginStorage("a", backend)


async def test_one_too_many_evicts_the_entry_that_was_written_longest_ago(storage, backend):
    for key in "abc":
        await storage.set(key, key)
    await storage.set("a", "again")
    await storage.set("d", "d")
    assert [await storage.get(key) for key in "abcd"] == ["again", None, "c", "d"]
    assert backend.size("a") == 3


async def test_what_has_expired_is_evicted_first(storage, clock):
    await storage.set("old", 1)
    await storage.set("dead", 1, expires_in=1)
    await storage.set("young", 1)
    clock.now += 1
    await storage.set("new", 1)
    assert [await storage.get(key) for key in ("old", "dead", "young", "new")] == [1, None, 1, 1]


async def test_a_plugin_evicts_nothing_of_another_one(storage, backend):
    await PluginStorage("b", backend).set("k", 1)
    for number in range(10):
        await storage.set(str(number), number)
    assert await PluginStorage("b", backend).get("k") == 1


async def test_expired_entries_go_while_others_are_written(clock):
    backend = MemoryStorage(clock=clock)
    storage = PluginStorage("a", backend)
    for number in range(1000):
        await storage.set(f"dead {number}", number, expires_in=1)
    clock.now += 2
    for number in range(500):
        await storage.set(f"live {number}", number)
    assert backend.size("a") == 500


async def test_an_entry_that_is_renewed_forever_takes_no_more_and_more_memory(backend, storage):
    for number in range(1, 10_000):
        await storage.set("k", number, expires_in=number)
    assert len(backend._values["a"].deadlines) < 200


async def test_a_window_begins_with_its_first_acquire_and_ends_as_a_whole(storage, clock):
    await storage.acquire("k", 2, 10)
    clock.now += 6
    permit = await storage.acquire("k", 2, 10)
    assert (permit.remaining, permit.reset_after) == (0, 4)
    clock.now += 4
    permit = await storage.acquire("k", 2, 10)
    assert (permit.granted, permit.remaining, permit.reset_after) == (True, 1, 10)


async def test_a_refused_amount_begins_no_window(storage, clock):
    permit = await storage.acquire("k", 2, 10, 3)
    assert (permit.granted, permit.remaining, permit.reset_after) == (False, 2, 10)
    clock.now += 5
    assert (await storage.acquire("k", 2, 10)).reset_after == 10


async def test_settling_reaches_only_the_window_that_granted(storage, clock):
    old = await storage.acquire("k", 10, 10, 5)
    clock.now += 10
    await storage.settle(old, 1)
    await storage.acquire("k", 10, 10, 5)
    await storage.settle(old, 0)
    assert (await storage.acquire("k", 10, 10)).remaining == 4


async def test_windows_and_values_do_not_meet(storage):
    await storage.acquire("k", 1, 10)
    assert await storage.get("k") is None
    await storage.delete("k")
    assert not (await storage.acquire("k", 1, 10)).granted


async def test_of_too_many_windows_the_one_that_began_longest_ago_goes(storage):
    for key in "abcd":
        await storage.acquire(key, 1, 10)
    assert [(await storage.acquire(key, 1, 10)).granted for key in "bcd"] == [False] * 3
    assert (await storage.acquire("a", 1, 10)).granted


async def test_no_value_evicts_a_window(storage):
    await storage.acquire("k", 1, 10)
    for number in range(10):
        await storage.set(str(number), number)
    assert not (await storage.acquire("k", 1, 10)).granted


def test_loops_of_several_threads_are_granted_exactly_the_limit():
    storage = PluginStorage("a", MemoryStorage())
    granted = []

    def work() -> None:
        async def acquire() -> int:
            return sum([(await storage.acquire("k", 5000, 60)).granted for _ in range(2000)])

        granted.append(asyncio.run(acquire()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 5000
