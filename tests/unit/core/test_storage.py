"""A plugin's part of a store: what it takes and gives, and what it refuses."""

import asyncio
import math

import pytest
from tests.fakes.clock import Clock

from routeiq.core.memory_storage import MemoryStorage
from routeiq.core.storage import PluginStorage, sum_within


@pytest.fixture
def clock():
    return Clock(100.0)


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


@pytest.mark.parametrize(("value", "amount"), [(2**63 - 1, 1), (-(2**63), -1), (0, 2**63)])
async def test_a_sum_that_no_backend_could_hold_is_refused(storage, value, amount):
    await storage.set("k", value)
    with pytest.raises(OverflowError, match=r"storage of a: incr\('k'\).* 64 bits"):
        await storage.incr("k", amount)
    assert await storage.get("k") == value


async def test_a_number_of_more_than_64_bits_can_be_kept_but_not_added_to(storage):
    await storage.set("k", 2**63)
    with pytest.raises(TypeError, match="holds no whole number of 64 bits"):
        await storage.incr("k")


def test_sums_are_exact_up_to_their_bound():
    assert sum_within(b"9223372036854775806", 1) == 2**63 - 1


async def test_a_key_of_half_a_character_is_refused(storage):
    with pytest.raises(ValueError, match="half of a character"):
        await storage.get("\ud800")


async def test_a_limit_is_granted_until_it_is_used_up(storage):
    permits = [await storage.acquire("k", 3, 60) for _ in range(4)]
    assert [one.granted for one in permits] == [True, True, True, False]
    assert [one.remaining for one in permits] == [2, 1, 0, 0]
    assert {one.reset_after for one in permits} == {60}
    assert {(one.key, one.amount) for one in permits} == {("k", 1)}


async def test_a_refused_amount_reserves_nothing(storage):
    await storage.acquire("k", 10, 60, 7)
    assert not (await storage.acquire("k", 10, 60, 4)).granted
    assert (await storage.acquire("k", 10, 60, 3)).granted


async def test_an_amount_that_was_used_less_is_given_back_and_one_used_more_is_taken(storage):
    permit = await storage.acquire("k", 100, 60, 50)
    await storage.settle(permit, 20)
    permit = await storage.acquire("k", 100, 60, 10)
    assert permit.remaining == 70
    await storage.settle(permit, 90)
    assert (await storage.acquire("k", 100, 60)).remaining == 0


async def test_settling_what_was_refused_changes_nothing(storage):
    await storage.acquire("k", 10, 60, 10)
    await storage.settle(await storage.acquire("k", 10, 60, 5), 0)
    assert not (await storage.acquire("k", 10, 60)).granted


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((1.5, 60), TypeError, "limit is a whole number, not float"),
        ((True, 60), TypeError, "limit is a whole number, not bool"),
        ((-1, 60), ValueError, "limit is from 0"),
        ((2**53, 60), ValueError, "limit is from 0"),
        ((1, 60, 0), ValueError, "amount is from 1"),
        ((1, 60, "1"), TypeError, "amount is a whole number, not str"),
        ((1, 0), ValueError, "a window is in seconds and above 0"),
        ((1, math.inf), ValueError, "a window is in seconds and above 0"),
    ],
)
async def test_a_limit_that_makes_no_sense_is_refused(storage, arguments, error, message):
    with pytest.raises(error, match=message):
        await storage.acquire("k", *arguments)


async def test_what_was_used_is_a_whole_number(storage):
    permit = await storage.acquire("k", 1, 60)
    with pytest.raises(ValueError, match="used is from 0"):
        await storage.settle(permit, -1)
