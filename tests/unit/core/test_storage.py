"""The key-value store in memory, and a plugin's part of it."""

import asyncio
import math

import pytest

from routeiq.core.storage import MemoryStorage, PluginStorage


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def backend(clock):
    return MemoryStorage(largest=3, clock=clock)


@pytest.fixture
def storage(backend):
    return PluginStorage("a", backend)


@pytest.mark.parametrize("value", [None, True, 0, -1.5, "ä\n", [], {}, [1, {"a": [None]}], 10**30])
async def test_a_value_comes_back_as_it_was(storage, value):
    await storage.set("k", value)
    found = await storage.get("k", "default")
    assert found == value
    assert type(found) is type(value)


async def test_a_key_without_a_value_gives_the_default(storage):
    assert await storage.get("k") is None
    assert await storage.get("k", 7) == 7


async def test_changing_an_object_changes_nothing_that_is_stored(storage):
    value = {"a": [1]}
    await storage.set("k", value)
    value["a"].append(2)
    found = await storage.get("k")
    assert found == {"a": [1]}
    found["a"].append(3)
    assert await storage.get("k") == {"a": [1]}


CYCLE: list[object] = []
CYCLE.append(CYCLE)
DEEP: list[object] = []
for _ in range(100_000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (object(), "not JSON serializable"),
        (b"bytes", "not JSON serializable"),
        ({1, 2}, "not JSON serializable"),
        (math.nan, "not JSON compliant"),
        (math.inf, "not JSON compliant"),
        ({1: "a"}, "a key is of type int"),
        ([{"a": {None: 1}}], "a key is of type NoneType"),
        (CYCLE, "Circular reference"),
        (DEEP, "nested too deep"),
    ],
    ids=["object", "bytes", "set", "nan", "inf", "int key", "none key", "cycle", "deep"],
)
async def test_what_json_cannot_hold_is_refused_and_changes_nothing(storage, value, reason):
    await storage.set("k", "before")
    with pytest.raises(TypeError, match=reason) as raised:
        await storage.set("k", value)
    assert str(raised.value).startswith("storage of a: JSON cannot hold the value of 'k': ")
    assert await storage.get("k") == "before"


async def test_a_value_expires(storage, clock):
    await storage.set("k", 1, expires_in=10)
    clock.now += 9.9
    assert await storage.get("k") == 1
    clock.now += 0.1
    assert await storage.get("k") is None
    assert await storage.delete("k") is False


async def test_storing_again_replaces_the_expiry(storage, clock):
    await storage.set("k", 1, expires_in=10)
    await storage.set("k", 2)
    clock.now += 100
    assert await storage.get("k") == 2


@pytest.mark.parametrize("expires_in", [0, -1, math.inf, math.nan])
async def test_an_expiry_that_is_no_time_is_refused(storage, expires_in):
    with pytest.raises(ValueError, match="expires_in is in seconds and above 0"):
        await storage.set("k", 1, expires_in=expires_in)
    with pytest.raises(ValueError, match="expires_in is in seconds and above 0"):
        await storage.incr("k", expires_in=expires_in)


async def test_deleting_tells_whether_there_was_something(storage):
    await storage.set("k", None)
    assert await storage.delete("k") is True
    assert await storage.delete("k") is False


async def test_increments_add_up_from_zero(storage):
    assert [await storage.incr("k"), await storage.incr("k", 5), await storage.incr("k", -7)] == [1, 6, -1]
    assert await storage.get("k") == -1
    await storage.set("k", 40)
    assert await storage.incr("k", 2) == 42


async def test_concurrent_increments_are_all_counted(storage):
    await asyncio.gather(*(storage.incr("k") for _ in range(100)))
    assert await storage.get("k") == 100


async def test_the_expiry_of_the_first_increment_holds(storage, clock):
    await storage.incr("k", expires_in=10)
    clock.now += 6
    assert await storage.incr("k", expires_in=10) == 2
    clock.now += 4
    assert await storage.incr("k", expires_in=10) == 1


@pytest.mark.parametrize("value", ["5", 1.0, True, None, [1]])
async def test_only_whole_numbers_can_be_added_to(storage, value):
    await storage.set("k", value)
    with pytest.raises(TypeError, match="'k' holds no whole number"):
        await storage.incr("k")
    assert await storage.get("k") == value


@pytest.mark.parametrize("amount", [1.5, True, "1"])
async def test_only_whole_numbers_can_be_added(storage, amount):
    with pytest.raises(TypeError, match="adds whole numbers"):
        await storage.incr("k", amount)


async def test_a_key_is_text(storage):
    for call in (storage.get, storage.delete, storage.incr):
        with pytest.raises(TypeError, match="a key is text"):
            await call(1)


async def test_keys_of_two_plugins_never_meet(storage, backend):
    other = PluginStorage("b", backend)
    await storage.set("k", 1)
    await other.set("k", 2)
    assert (await storage.get("k"), await other.get("k")) == (1, 2)
    await other.delete("k")
    assert await storage.get("k") == 1


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
    assert len(backend._namespaces["a"].deadlines) < 200
