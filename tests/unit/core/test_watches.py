"""News for any number of readers."""

import asyncio
import gc

import pytest

from routeiq.core.watches import Watches


async def test_every_reader_gets_what_comes_after_it_was_made():
    watches = Watches(10)
    watches.put(1)
    first = watches.watch()
    watches.put(2)
    second = watches.watch()
    watches.put(3)
    watches.close()
    assert [one async for one in first] == [2, 3]
    assert [one async for one in second] == [3]


async def test_a_slow_reader_loses_what_is_oldest():
    watches = Watches(2)
    reader = watches.watch()
    for news in range(5):
        watches.put(news)
    assert [await anext(reader), await anext(reader)] == [3, 4]


async def test_a_reader_waits_for_news():
    watches = Watches(1)
    reader = watches.watch()
    waiting = asyncio.create_task(anext(reader))
    await asyncio.sleep(0)
    assert not waiting.done()
    watches.put("news")
    assert await waiting == "news"


async def test_a_reader_that_waits_ends_with_the_sender():
    watches = Watches(1)
    waiting = asyncio.create_task(anext(watches.watch(), "ended"))
    await asyncio.sleep(0)
    watches.close()
    assert await waiting == "ended"


async def test_a_reader_that_is_closed_before_it_reads_gets_what_is_there():
    watches = Watches(1)
    reader = watches.watch()
    watches.put(1)
    watches.close()
    assert await anext(reader) == 1
    with pytest.raises(StopAsyncIteration):
        await anext(reader)


async def test_a_reader_that_nobody_holds_is_forgotten():
    watches = Watches(1)
    watches.watch()
    gc.collect()
    assert len(watches._open) == 0
