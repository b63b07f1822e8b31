"""Deadlines of hook calls."""

import asyncio

import pytest

from routeiq.core.deadline import DeadlineExceeded, guarded


async def test_a_coroutine_that_never_waits_needs_no_timer():
    async def quick():
        return 7

    assert await guarded(quick(), 1e-9) == 7


async def test_a_coroutine_in_time_returns_its_result():
    async def slow():
        await asyncio.sleep(0.01)
        return "done"

    assert await guarded(slow(), 5) == "done"


async def test_a_late_coroutine_is_interrupted_where_it_waits():
    interrupted = []

    async def late():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            interrupted.append(True)
            raise

    with pytest.raises(DeadlineExceeded) as caught:
        await guarded(late(), 0.01)
    assert caught.value.seconds == 0.01
    assert interrupted == [True]
    assert asyncio.current_task().cancelling() == 0


async def test_an_exception_of_the_coroutine_passes():
    async def broken():
        await asyncio.sleep(0)
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        await guarded(broken(), 5)


async def test_cancellation_from_outside_is_not_mistaken_for_the_deadline():
    started = asyncio.Event()

    async def waits():
        started.set()
        await asyncio.sleep(10)

    async def host():
        await guarded(waits(), 5)

    task = asyncio.create_task(host())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_coroutine_that_swallows_the_interruption_leaves_no_cancellation_behind():
    async def stubborn():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            return "anyway"

    assert await guarded(stubborn(), 0.01) == "anyway"
    assert asyncio.current_task().cancelling() == 0
    await asyncio.sleep(0)


async def test_nested_deadlines_keep_apart():
    async def inner():
        await asyncio.sleep(10)

    async def outer():
        try:
            await guarded(inner(), 0.01)
        except DeadlineExceeded:
            return "inner was late"

    assert await guarded(outer(), 5) == "inner was late"


async def test_it_works_around_gather_and_timeouts_of_the_coroutine_itself():
    async def inner():
        async with asyncio.timeout(5):
            return await asyncio.gather(asyncio.sleep(0, "a"), asyncio.sleep(0.001, "b"))

    assert await guarded(inner(), 5) == ["a", "b"]
