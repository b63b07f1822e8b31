"""Noticing that a client has left."""

import asyncio

import pytest

from routeiq.gateway.departure import PATIENCE, ClientWatch


async def never():
    await asyncio.Event().wait()


async def test_a_quick_answer_needs_no_task():
    before = asyncio.all_tasks()
    with ClientWatch(never) as watch:
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == before
    assert not watch.left


async def test_a_client_that_leaves_cancels_the_work_and_the_cancellation_ends_here():
    cleaned = []

    async def leaves():
        return {"type": "http.disconnect"}

    with ClientWatch(leaves) as watch:
        try:
            await asyncio.sleep(10)
        finally:
            cleaned.append(True)
    assert watch.left
    assert cleaned == [True]
    assert asyncio.current_task().cancelling() == 0
    await asyncio.sleep(0)


async def test_further_pieces_of_a_body_are_no_departure():
    messages = [{"type": "http.request"}, {"type": "http.request"}]

    async def receive():
        if messages:
            return messages.pop()
        await never()

    with ClientWatch(receive) as watch:
        await asyncio.sleep(PATIENCE * 3)
    assert not watch.left


async def test_a_cancellation_from_outside_passes():
    started = asyncio.Event()

    async def work():
        with ClientWatch(never):
            started.set()
            await asyncio.sleep(10)

    task = asyncio.create_task(work())
    await started.wait()
    await asyncio.sleep(PATIENCE * 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_works_own_error_passes_also_after_the_client_left():
    async def leaves():
        return {"type": "http.disconnect"}

    with pytest.raises(ZeroDivisionError), ClientWatch(leaves):
        try:
            await asyncio.sleep(10)
        finally:
            1 / 0
    assert asyncio.current_task().cancelling() == 0
