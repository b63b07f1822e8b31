"""What every store of plugins' values does, whichever it is."""

import asyncio

import pytest

from routeiq.core.storage import PluginStorage

SOON = 0.05
PAST = 0.08


@pytest.fixture
def storage(backend):
    return PluginStorage("a", backend)


@pytest.mark.parametrize("value", [b"", b"\x00\xff", b"x" * 300_000, b'{"a": 1}'])
async def test_bytes_come_back_as_they_were(backend, value):
    await backend.set("a", "k", value, None)
    assert await backend.get("a", "k") == value


@pytest.mark.parametrize("key", ["", "a:b", "ä\n\x00", "*", "k" * 5000, "{x}"])
async def test_a_key_is_any_text(backend, key):
    await backend.set("a", key, b"1", None)
    assert await backend.get("a", key) == b"1"
    assert await backend.incr("a", key, 1, None) == 2
    assert await backend.delete("a", key)
    assert (await backend.acquire("a", key, 1, 60, 1)).granted
    assert not (await backend.acquire("a", key, 1, 60, 1)).granted


async def test_namespaces_and_keys_never_meet(backend):
    names = [("a", "b"), ("a#b", "c"), ("a", "b#c"), ("a", "b:c"), ("a:b", "c"), ("b", "a")]
    for number, (namespace, key) in enumerate(names):
        await backend.set(namespace, key, b"%d" % number, None)
        await backend.acquire(namespace, key, 10, 60, number + 1)
    for number, (namespace, key) in enumerate(names):
        assert await backend.get(namespace, key) == b"%d" % number
        assert (await backend.acquire(namespace, key, 10, 60, 1)).remaining == 10 - number - 2


async def test_a_value_expires_and_a_later_one_may_stay(storage):
    await storage.set("k", 1, expires_in=SOON)
    await storage.set("stays", 1, expires_in=SOON)
    await storage.set("stays", 2)
    assert await storage.get("k") == 1
    await asyncio.sleep(PAST)
    assert await storage.get("k") is None
    assert await storage.delete("k") is False
    assert await storage.get("stays") == 2


async def test_the_shortest_expiry_is_one(storage):
    await storage.set("k", 1, expires_in=1e-9)
    await asyncio.sleep(0.01)
    assert await storage.get("k") is None


async def test_a_number_expires_with_its_first_increment(storage):
    await storage.incr("k", expires_in=SOON)
    assert await storage.incr("k", 4, expires_in=60) == 5
    await asyncio.sleep(PAST)
    assert await storage.incr("k") == 1


async def test_an_increment_of_what_stays_makes_nothing_expire(storage):
    await storage.set("k", 1)
    assert await storage.incr("k", expires_in=SOON) == 2
    await asyncio.sleep(PAST)
    assert await storage.get("k") == 2


async def test_numbers_are_exact_in_all_of_their_64_bits(storage):
    await storage.set("k", 2**63 - 3)
    assert await storage.incr("k", 2) == 2**63 - 1
    with pytest.raises(OverflowError):
        await storage.incr("k")
    assert await storage.get("k") == 2**63 - 1
    assert await storage.incr("k", -(2**63)) == -1
    assert await storage.incr("k", -(2**63) + 1) == -(2**63)


@pytest.mark.parametrize("value", ["5", "x", 1.0, True, None, [1], {}, 2**63, -(2**63) - 1])
async def test_only_numbers_of_64_bits_can_be_added_to(storage, value):
    await storage.set("k", value)
    with pytest.raises(TypeError, match="'k' holds no whole number of 64 bits"):
        await storage.incr("k")
    assert await storage.get("k") == value


async def test_deleting_tells_whether_there_was_something(storage):
    await storage.set("k", None)
    assert await storage.delete("k") is True
    assert await storage.delete("k") is False


async def test_increments_of_several_processes_are_all_counted(connect):
    stores = [PluginStorage("a", (await connect()).values) for _ in range(3)]
    await asyncio.gather(*(store.incr("k", n) for store in stores for n in range(40)))
    assert await stores[0].get("k") == 3 * sum(range(40))


async def test_a_limit_is_exact_over_several_processes(connect):
    stores = [PluginStorage("a", (await connect()).values) for _ in range(3)]
    permits = await asyncio.gather(*(store.acquire("k", 100, 60, 3) for store in stores for _ in range(40)))
    assert sum(one.granted for one in permits) == 33
    assert sorted(one.remaining for one in permits if one.granted) == list(range(1, 100, 3))
    assert {one.remaining for one in permits if not one.granted} == {1}


async def test_the_first_acquire_begins_the_window_and_it_ends_as_a_whole(storage):
    first = await storage.acquire("k", 2, 1)
    await asyncio.sleep(0.1)
    second = await storage.acquire("k", 2, 1)
    refused = await storage.acquire("k", 2, 1)
    assert [one.granted for one in (first, second, refused)] == [True, True, False]
    assert first.window == second.window
    assert first.reset_after == 1
    assert 0 < refused.reset_after <= second.reset_after <= 0.91
    await asyncio.sleep(refused.reset_after + 0.01)
    again = await storage.acquire("k", 2, 1)
    assert (again.granted, again.remaining, again.reset_after) == (True, 1, 1)
    assert again.window != first.window


async def test_an_amount_above_the_limit_begins_no_window(storage):
    permit = await storage.acquire("k", 2, 30, 3)
    assert (permit.granted, permit.remaining, permit.reset_after) == (False, 2, 30)
    assert (await storage.acquire("k", 2, 60)).reset_after > 59


async def test_nothing_of_a_limit_of_nothing_is_granted(storage):
    permit = await storage.acquire("k", 0, 30)
    assert (permit.granted, permit.remaining, permit.reset_after) == (False, 0, 30)


async def test_a_changed_limit_holds_at_once(storage):
    await storage.acquire("k", 10, 60, 8)
    lowered = await storage.acquire("k", 5, 60)
    assert (lowered.granted, lowered.remaining) == (False, 0)
    raised = await storage.acquire("k", 20, 60)
    assert (raised.granted, raised.remaining) == (True, 11)


async def test_the_greatest_limit_is_exact(storage):
    greatest = 2**53 - 1
    assert (await storage.acquire("k", greatest, 60, greatest - 1)).remaining == 1
    assert not (await storage.acquire("k", greatest, 60, 2)).granted
    assert (await storage.acquire("k", greatest, 60, 1)).remaining == 0


async def test_a_reservation_is_corrected_in_either_direction(storage):
    await storage.settle(await storage.acquire("k", 100, 60, 50), 20)
    permit = await storage.acquire("k", 100, 60, 10)
    assert permit.remaining == 70
    await storage.settle(permit, 75)
    assert (await storage.acquire("k", 100, 60)).remaining == 4
    await storage.settle(await storage.acquire("k", 100, 60), 500)
    assert not (await storage.acquire("k", 100, 60)).granted


async def test_a_correction_is_for_its_own_window_alone(storage):
    old = await storage.acquire("k", 10, SOON, 5)
    await asyncio.sleep(PAST)
    await storage.settle(old, 1)
    new = await storage.acquire("k", 10, 60, 5)
    await storage.settle(old, 0)
    assert (await storage.acquire("k", 10, 60)).remaining == 4
    await storage.settle(new, 0)
    assert (await storage.acquire("k", 10, 60)).remaining == 8


async def test_deleting_a_value_leaves_the_limit_of_that_key(storage):
    await storage.acquire("k", 1, 60)
    assert await storage.get("k") is None
    assert await storage.delete("k") is False
    assert not (await storage.acquire("k", 1, 60)).granted


@pytest.fixture
def bounded(backend):
    if not hasattr(backend, "_largest"):
        pytest.skip("a Redis server has a bound of its own: maxmemory")
    return PluginStorage("a", backend)


async def test_one_too_many_evicts_what_was_written_longest_ago(bounded, largest):
    for number in range(largest):
        await bounded.set(str(number), number)
    await bounded.set("0", "again")
    await bounded.incr("1")
    await bounded.set("new", 1)
    await bounded.incr("newer")
    assert [await bounded.get(key) for key in ("0", "1", "2", "3", "4")] == ["again", 2, None, None, 4]


async def test_what_has_expired_is_evicted_first(bounded, largest):
    await bounded.set("oldest", 1)
    for number in range(largest - 1):
        await bounded.set(str(number), number, expires_in=SOON)
    await asyncio.sleep(PAST)
    for number in range(largest - 1):
        await bounded.set(f"new {number}", number)
    assert await bounded.get("oldest") == 1


async def test_a_plugin_evicts_nothing_of_another_one_and_no_limit(bounded, backend, largest):
    other = PluginStorage("b", backend)
    await other.set("k", 1)
    await bounded.acquire("k", 1, 60)
    for number in range(2 * largest):
        await bounded.set(str(number), number)
    assert await other.get("k") == 1
    assert not (await bounded.acquire("k", 1, 60)).granted


async def test_of_too_many_limits_the_one_whose_window_began_first_goes(bounded, largest):
    for number in range(largest):
        await bounded.acquire(str(number), 1, 600)
    await bounded.acquire("short", 1, 60)
    assert not (await bounded.acquire("short", 1, 60)).granted
    assert not (await bounded.acquire("1", 1, 600)).granted
    assert (await bounded.acquire("0", 1, 600)).granted
