"""Threads for code that blocks."""

import asyncio
import contextvars
import threading
import time

import pytest

from routeiq.core.threads import Bulkhead, BulkheadFull, run_with_deadline


def test_a_function_that_hangs_is_given_up():
    gate = threading.Event()
    with pytest.raises(TimeoutError):
        run_with_deadline(gate.wait, 0.02, "hangs")
    gate.set()


def test_a_function_in_time_gives_its_result_or_its_exception():
    assert run_with_deadline(lambda: 3, 5, "quick") == 3
    with pytest.raises(SystemExit):
        run_with_deadline(lambda: exit(1), 5, "exits")


async def test_calls_run_in_threads_with_the_context_of_their_caller():
    word = contextvars.ContextVar("word")
    word.set("seen")
    bulkhead = Bulkhead("p")
    thread, seen = await bulkhead.run(lambda: (threading.current_thread(), word.get()))
    assert thread is not threading.main_thread()
    assert thread.daemon
    assert seen == "seen"
    bulkhead.close()


async def test_exceptions_reach_the_caller_a_stop_iteration_too():
    bulkhead = Bulkhead("p")

    def stops():
        raise StopIteration

    with pytest.raises(RuntimeError, match="StopIteration"):
        await bulkhead.run(stops)
    with pytest.raises(ZeroDivisionError):
        await bulkhead.run(lambda: 1 / 0)
    bulkhead.close()


async def test_a_stuck_plugin_is_refused_further_calls_and_takes_no_threads_of_others():
    gate = threading.Event()
    stuck, other = Bulkhead("stuck", threads=1, waiting=1), Bulkhead("other", threads=1, waiting=1)
    calls = [asyncio.create_task(stuck.run(gate.wait)) for _ in range(2)]
    await asyncio.sleep(0.01)
    with pytest.raises(BulkheadFull, match="stuck"):
        await stuck.run(gate.wait)
    assert await other.run(lambda: "free") == "free"
    gate.set()
    assert await asyncio.gather(*calls) == [True, True]
    assert await stuck.run(lambda: "free again") == "free again"
    stuck.close()
    other.close()


async def test_an_abandoned_call_counts_as_busy_until_it_returns():
    gate = threading.Event()
    bulkhead = Bulkhead("p", threads=1, waiting=0)
    task = asyncio.create_task(bulkhead.run(gate.wait))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bulkhead.pending == 1
    gate.set()
    deadline = time.monotonic() + 5
    while bulkhead.pending and time.monotonic() < deadline:
        await asyncio.sleep(0.001)
    assert bulkhead.pending == 0
    bulkhead.close()


async def test_closed_threads_end():
    bulkhead = Bulkhead("ends")
    await bulkhead.run(lambda: None)
    bulkhead.close()
    deadline = time.monotonic() + 5
    while any(t.name == "routeiq-ends" for t in threading.enumerate()) and time.monotonic() < deadline:
        await asyncio.sleep(0.001)
    assert not any(t.name == "routeiq-ends" for t in threading.enumerate())
