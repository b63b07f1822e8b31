"""Several limits at once: all or nothing, and none exceeded, over the storage that the gateway gives."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk import StorageUnavailable

from routeiq.core.memory_storage import MemoryStorage
from routeiq.core.storage import PluginStorage
from routeiq_builtin_plugins.rate_limit.config import Limit
from routeiq_builtin_plugins.rate_limit.limiter import Demand, give_back, settle, take

WIDE = Limit(name="wide", limit=10, window=60)
NARROW = Limit(name="narrow", limit=2, window=60)


def storage():
    return PluginStorage("rate-limit", MemoryStorage())


async def left(kept, limit, key):
    probe = await kept.acquire(key, limit.limit, limit.window)
    await kept.settle(probe, 0)
    return probe.remaining + 1 if probe.granted else 0


async def test_what_one_limit_refuses_takes_nothing_from_the_others():
    kept = storage()
    for granted in (True, True, False, False):
        held, refused = await take(kept, [Demand(WIDE, "a"), Demand(NARROW, "b")])
        assert (len(held), refused is None) == ((2, True) if granted else (0, False))
    assert refused.limit is NARROW
    assert await left(kept, WIDE, "a") == 8


async def test_what_is_given_back_or_was_not_used_is_there_again():
    kept = storage()
    held, _ = await take(kept, [Demand(WIDE, "a", 9)])
    await settle(kept, held, 4)
    assert await left(kept, WIDE, "a") == 6
    held, _ = await take(kept, [Demand(WIDE, "a", 6)])
    await give_back(kept, held)
    assert await left(kept, WIDE, "a") == 6


class Failing:
    """A storage that answers so many acquires, and then `end`s."""

    def __init__(self, kept, answers, end):
        self.kept, self.answers, self.end = kept, answers, end

    async def acquire(self, *arguments):
        if not self.answers:
            await self.end()
        self.answers -= 1
        return await self.kept.acquire(*arguments)

    async def settle(self, permit, used):
        await self.kept.settle(permit, used)


async def test_what_was_reserved_before_the_storage_failed_goes_back():
    async def fail():
        raise StorageUnavailable("gone")

    kept = storage()
    with pytest.raises(StorageUnavailable):
        await take(Failing(kept, 1, fail), [Demand(WIDE, "a", 5), Demand(NARROW, "b")])
    assert await left(kept, WIDE, "a") == 10


async def test_what_was_reserved_before_the_client_left_goes_back():
    waits = asyncio.Event()

    async def wait():
        waits.set()
        await asyncio.Event().wait()

    kept = storage()
    task = asyncio.create_task(take(Failing(kept, 1, wait), [Demand(WIDE, "a", 5), Demand(NARROW, "b")]))
    await waits.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await left(kept, WIDE, "a") == 10


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), max_size=30))
def test_what_is_granted_is_never_more_than_any_limit_and_all_that_was_refused_is_free(amounts):
    async def run():
        kept, granted = storage(), [0, 0]
        for wide, narrow in amounts:
            held, _ = await take(kept, [Demand(WIDE, "a", wide), Demand(NARROW, "b", narrow)])
            if held:
                granted = [granted[0] + wide, granted[1] + narrow]
        assert granted[0] <= 10
        assert granted[1] <= 2
        assert [await left(kept, WIDE, "a"), await left(kept, NARROW, "b")] == [10 - granted[0], 2 - granted[1]]

    asyncio.run(run())
