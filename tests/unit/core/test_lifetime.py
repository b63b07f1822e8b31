"""What a plugin has going on begins and ends with it."""

import asyncio
import contextlib
import logging
import threading

import pytest

from routeiq.core import lifetime as module
from routeiq.core.errors import NotRunningError
from routeiq.core.lifetime import Lifetime, Work, is_own, takes_context


class Task(Work):
    """Does what the test says, until it is over."""

    where = "test"

    def __init__(self, lifetime, does=None):
        super().__init__(lifetime, print, "the task of the test")
        self.does = does
        self.ended = False

    async def run(self):
        if self.does is not None:
            await self.does()
        while not self.over:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        self.ended = True


async def test_works_begin_with_the_lifetime_and_end_with_it():
    lifetime = Lifetime("p")
    early, late = Task(lifetime), Task(lifetime)
    lifetime.take(early)
    assert early.task is None
    lifetime.begin()
    lifetime.take(late)
    await asyncio.sleep(0)
    await lifetime.end()
    assert early.ended
    assert late.ended
    with pytest.raises(NotRunningError, match="plugin 'p' is stopped"):
        lifetime.take(Task(lifetime))


async def test_a_lifetime_that_never_began_leaves_no_task():
    lifetime = Lifetime("p")
    work = Task(lifetime)
    lifetime.take(work)
    await lifetime.end()
    lifetime.begin()
    work.start()
    assert work.task is None


async def test_what_is_under_way_may_end_by_itself_and_is_cancelled_after_the_grace():
    lifetime = Lifetime("p")
    done = []

    async def short():
        await asyncio.sleep(0.01)
        done.append("short")

    async def long():
        try:
            await asyncio.sleep(30)
        finally:
            done.append("long")

    for does in (short, long):
        lifetime.take(Task(lifetime, does))
    lifetime.begin()
    await asyncio.sleep(0)
    await lifetime.end(grace=0.5)
    assert done == ["short", "long"]


async def test_a_work_that_ignores_its_cancellation_is_left_and_named(monkeypatch, caplog):
    monkeypatch.setattr(module, "STUBBORN", 0.02)
    lifetime, let_go = Lifetime("p"), asyncio.Event()

    async def stubborn():
        while not let_go.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await let_go.wait()

    work = Task(lifetime, stubborn)
    lifetime.take(work)
    lifetime.begin()
    await asyncio.sleep(0)
    await lifetime.end(grace=0.01)
    assert "plugin p is stopped, and the task of the test goes on although it was cancelled" in caplog.text
    let_go.set()
    await work.task


async def test_an_end_that_is_cancelled_cancels_the_works():
    lifetime = Lifetime("p")
    work = Task(lifetime, lambda: asyncio.sleep(30))
    lifetime.take(work)
    lifetime.begin()
    ending = asyncio.create_task(lifetime.end(grace=30))
    await asyncio.sleep(0.01)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    with pytest.raises(asyncio.CancelledError):
        await work.task


async def test_a_work_may_end_its_own_lifetime():
    lifetime = Lifetime("p")
    work = Task(lifetime, lifetime.end)
    lifetime.take(work)
    lifetime.begin()
    async with asyncio.timeout(1):
        await work.task
    assert work.ended


async def test_works_may_be_set_going_from_another_thread():
    lifetime = Lifetime("p")
    lifetime.begin()
    work = Task(lifetime)
    await asyncio.to_thread(lifetime.take, work)
    await asyncio.sleep(0)
    assert work.task is not None
    await lifetime.end()


async def test_a_work_that_has_ended_is_forgotten():
    lifetime = Lifetime("p")
    lifetime.begin()
    work = Task(lifetime)
    lifetime.take(work)
    work.wind_up()
    await work.task
    await asyncio.sleep(0)
    assert lifetime._works == set()


def test_a_call_from_another_thread_to_a_loop_that_is_gone_is_lost():
    async def begin():
        lifetime.begin()

    lifetime, calls = Lifetime("p"), []
    asyncio.run(begin())
    thread = threading.Thread(target=lambda: lifetime.call(lambda: calls.append(1)))
    thread.start()
    thread.join()
    assert calls == []


async def test_failures_are_counted_each_and_told_at_most_once_a_second(caplog, monkeypatch):
    now = 100.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    told = []
    lifetime = Lifetime("p", lambda *what: told.append(what))
    work, error = Task(lifetime), ValueError("boom")
    with caplog.at_level(logging.ERROR):
        for _ in range(5):
            work.failed(error)
        now += 1.1
        work.failed(error)
        now += 1.1
        work.failed(error, quietly=True)
    assert work.failures == 7
    assert told == [("p", "test", error, 1), ("p", "test", error, 5)]
    assert [record.getMessage() for record in caplog.records] == [
        "plugin p failed in the task of the test: ValueError: boom",
        "plugin p failed in the task of the test (5 times since this was last said): ValueError: boom",
        "plugin p failed in the task of the test: ValueError: boom",
    ]


async def test_a_cancellation_that_nobody_asked_for_is_the_plugins_own():
    async def cancelled():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError as error:
            return is_own(error)

    task = asyncio.create_task(cancelled())
    await asyncio.sleep(0)
    task.cancel()
    assert await task is False
    assert is_own(asyncio.CancelledError()) is True


def test_whether_a_function_takes_the_context_is_seen_from_its_arguments():
    assert takes_context(lambda event, context: None)
    assert takes_context(lambda *, context: None)
    assert not takes_context(lambda event: None)
    assert not takes_context([].append)
    assert not takes_context(dict.fromkeys)
    assert not takes_context(iter)
