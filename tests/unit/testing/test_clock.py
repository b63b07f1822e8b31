from __future__ import annotations

import asyncio
from typing import Any

import pytest
from routeiq_plugin_sdk.testing import HarnessError

from routeiq.testing.clock import HarnessClock, LoopClock


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_time_passes_from_one_thing_that_is_due_to_the_next() -> None:
    loop = asyncio.get_running_loop()
    clock = HarnessClock()
    clock.begin()
    times: list[float] = []
    start = loop.time()

    async def every_minute() -> None:
        while True:
            await asyncio.sleep(60)
            times.append(round(loop.time() - start))

    task = asyncio.create_task(every_minute())
    await clock.advance(185, settle)
    assert times == [60, 120, 180]
    assert round(clock.time() - start) == round(loop.time() - start) == 185
    task.cancel()


async def test_what_was_cancelled_or_is_due_later_is_left_alone() -> None:
    clock = HarnessClock()
    clock.begin()
    loop = asyncio.get_running_loop()
    called: list[str] = []
    loop.call_later(1, called.append, "cancelled").cancel()
    later = loop.call_later(10, called.append, "later")
    await clock.advance(9, settle)
    assert called == []
    await clock.advance(2, settle)
    assert called == ["later"]
    assert later.when() < loop.time()


async def test_it_knows_whether_anything_is_due_some_day() -> None:
    clock = HarnessClock()
    assert clock.is_due_later  # nobody knows, before it has a loop
    clock.begin()
    assert not clock.is_due_later
    timer = asyncio.get_running_loop().call_later(10, settle)
    assert clock.is_due_later
    timer.cancel()
    assert not clock.is_due_later


async def test_two_harnesses_in_one_loop_have_one_time() -> None:
    first, second = HarnessClock(), HarnessClock()
    first.begin()
    second.begin()
    before = second.time()
    await first.advance(100, settle)
    assert second.time() - before >= 100
    assert LoopClock.of(asyncio.get_running_loop()) is LoopClock.of(asyncio.get_running_loop())


async def test_time_does_not_go_back() -> None:
    clock = HarnessClock()
    assert clock.time() <= clock.time()
    clock.begin()
    for seconds in (-1, float("nan")):
        with pytest.raises(ValueError, match="time does not go back"):
            await clock.advance(seconds, settle)


def test_a_loop_of_foreign_code_is_refused_with_what_to_do() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def run() -> Any:
        clock = HarnessClock()
        clock.begin()
        with pytest.raises(HarnessError, match=r"uvloop.Loop cannot be moved.*asyncio's own"):
            await clock.advance(1, settle)

    loop = uvloop.new_event_loop()
    loop.run_until_complete(run())
    loop.close()
