"""Hooks in a thread of their own, LiteLLM's work in the thread that waits."""

import asyncio
import contextvars
import threading

import pytest

pytest.importorskip("litellm", reason="needs routeiq[litellm]")

from routeiq.adapters.litellm.caller_thread import CallerThread, HookThread


@pytest.fixture
def hooks():
    thread = HookThread()
    yield thread
    thread.close()


def test_work_is_done_by_the_thread_that_waits_and_hooks_by_the_other(hooks):
    caller = CallerThread(hooks)

    async def call():
        return threading.current_thread(), await caller.call(threading.current_thread)

    hooks_thread, worker = caller.run(call())
    assert worker is threading.current_thread()
    assert hooks_thread is not worker


def test_context_variables_flow_both_ways(hooks):
    caller = CallerThread(hooks)
    variable = contextvars.ContextVar("variable", default="nothing")
    variable.set("the caller's")

    async def call():
        seen = variable.get()
        variable.set("the call's")
        return seen, await caller.call(variable.get)

    assert caller.run(call()) == ("the caller's", "the call's")
    assert variable.get() == "the caller's"


@pytest.mark.parametrize("exception", [ValueError("x"), asyncio.CancelledError(), BaseException("x")])
def test_what_the_work_raises_is_raised_where_it_is_awaited_and_where_it_is_waited_for(hooks, exception):
    caller = CallerThread(hooks)
    seen = []

    def work():
        raise exception

    async def call():
        try:
            await caller.call(work)
        except BaseException as caught:
            seen.append(caught)
            raise

    with pytest.raises(BaseException):  # noqa: B017 (a cancellation changes its class on the way)
        caller.run(call())
    assert type(seen[0]) is type(exception)


def test_an_interrupted_wait_gives_the_call_up(hooks):
    caller = CallerThread(hooks)
    cancelled = threading.Event()

    def work():
        raise KeyboardInterrupt

    async def call():
        try:
            await caller.call(work)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with pytest.raises(KeyboardInterrupt):
        caller.run(call())
    assert cancelled.wait(5)


async def test_in_a_thread_with_a_running_loop_work_goes_to_another(hooks):
    caller = CallerThread(hooks)

    async def call():
        return await caller.call(lambda: asyncio.run(asyncio.sleep(0, threading.current_thread())))

    assert caller.run(call()) is not threading.current_thread()


def test_the_thread_ends_after_what_runs_in_it_and_starts_again():
    hooks = HookThread()
    ended = []

    async def slow():
        await asyncio.sleep(0.05)
        ended.append(True)

    asyncio.run_coroutine_threadsafe(slow(), hooks.loop)
    hooks.close()
    assert ended == [True]
    assert not any("routeiq hooks" in thread.name for thread in threading.enumerate())
    hooks.close()

    async def again():
        return 7

    assert hooks.run(again()) == 7
    hooks.close()


def test_the_last_thing_in_the_thread_is_what_its_owner_says():
    hooks = HookThread()
    ended = []

    async def slow():
        await asyncio.sleep(0.05)
        ended.append("slow")

    async def last():
        ended.append("last")

    asyncio.run_coroutine_threadsafe(slow(), hooks.loop)
    hooks.close(last)
    hooks.close(last)
    assert ended == ["slow", "last"]
