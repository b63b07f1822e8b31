"""The `response` phase at the end: for every plugin, once, also while the request is cancelled."""

import asyncio

import pytest
from routeiq_plugin_sdk import hookimpl


def waiting(plugin, name, ends, seconds=0.02, priority=1000, before=None):
    """Return a plugin whose `response` takes a while."""

    async def response(response):
        if before is not None:
            before.set()
        await asyncio.sleep(seconds)
        ends.append((name, response.status_code, response.aborted))

    return plugin(name, response, priority=priority)


async def hangs(scope, receive, send):
    await asyncio.Event().wait()


async def cancelled(client, started, times=1):
    task = asyncio.create_task(client())
    await started.wait()
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0.002)
    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_request_that_is_cancelled_again_and_again_still_ends_for_every_plugin(plugin, under):
    ends, started = [], asyncio.Event()

    async def app(scope, receive, send):
        started.set()
        await asyncio.Event().wait()

    client = await under(app, waiting(plugin, "a", ends), waiting(plugin, "b", ends))
    await cancelled(client, started, times=4)
    assert ends == [("b", 499, True), ("a", 499, True)]


async def test_a_cancellation_during_the_phase_reaches_the_waiting_hook_and_not_the_others(plugin, apps, under):
    ends, started, interrupted = [], asyncio.Event(), []

    async def response():
        started.set()
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            interrupted.append(True)
            raise

    client = await under(
        apps.answering(b"x"),
        waiting(plugin, "last", ends, priority=1),
        waiting(plugin, "middle", ends, priority=2),
        plugin("interrupted", response, priority=3),
        waiting(plugin, "first", ends, priority=4),
    )
    await cancelled(client, started, times=2)
    assert interrupted == [True]
    assert ends == [("first", 200, False), ("middle", 200, False), ("last", 200, False)]


async def test_the_last_plugins_cancellation_leaves_nobody_to_call(plugin, apps, under):
    started = asyncio.Event()

    async def response():
        started.set()
        await asyncio.sleep(5)

    await cancelled(await under(apps.answering(b"x"), plugin("only", response)), started)


async def test_wrappers_of_an_interrupted_phase_are_left_and_the_rest_is_called(plugin, apps, under):
    ends, started = [], asyncio.Event()

    async def response():
        started.set()
        await asyncio.sleep(5)

    def around():
        ends.append("in")
        try:
            yield
        finally:
            ends.append("out")

    wrapper = hookimpl(specname="response", wrapper=True)(around)
    client = await under(
        apps.answering(b"x"),
        plugin("wraps", wrapper),
        plugin("interrupted", response, priority=2),
        waiting(plugin, "last", ends, priority=1),
    )
    await cancelled(client, started)
    assert ends == ["in", "out", ("last", 200, False)]


async def test_a_synchronous_phase_runs_in_the_cancelled_task(plugin, under):
    ends, started = [], asyncio.Event()

    def response(response):
        ends.append(response.status_code)

    async def app(scope, receive, send):
        started.set()
        await asyncio.Event().wait()

    await cancelled(await under(app, plugin("p", response)), started)
    assert ends == [499]
