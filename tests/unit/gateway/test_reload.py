"""SIGHUP and SIGUSR2 in a process that serves."""

import asyncio
import logging
import signal

import pytest

from routeiq.gateway.reload import Reloads, SignalWatch


@pytest.fixture(autouse=True)
def handlers():
    """Put the handlers back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGUSR2)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


async def test_reloads_run_one_at_a_time_and_those_asked_for_meanwhile_are_one(eventually):
    running, done, go_on = [], [], asyncio.Event()

    async def reload():
        running.append(1)
        assert len(running) == len(done) + 1
        await go_on.wait()
        done.append(1)

    reloads = Reloads([reload])
    reloads.request()
    await eventually(lambda: running)
    for _ in range(10):
        reloads.request()
    go_on.set()
    await eventually(lambda: len(done) == 2)
    reloads.request()
    await eventually(lambda: len(done) == 3)
    await asyncio.sleep(0.01)
    assert len(done) == 3


async def test_one_that_fails_is_logged_and_does_not_keep_others_from_it(eventually, caplog):
    done = []

    async def fail():
        raise ValueError("no")

    async def reload():
        done.append(1)

    Reloads([fail, reload]).request()
    await eventually(lambda: done)
    assert [record.getMessage() for record in caplog.records if record.exc_info] == [
        "the configuration could not be read anew; the one before stays"
    ]


async def test_a_signal_asks_for_a_reload(eventually):
    done = []
    functions = []
    watch = SignalWatch(parented=True)
    watch.listen(Reloads(functions))
    functions.append(noting(done))  # who takes part may be known later
    await asyncio.sleep(0.01)
    assert done == []
    signal.raise_signal(signal.SIGHUP)
    await eventually(lambda: done == [1])


def noting(done):
    async def reload():
        done.append(1)

    return reload


async def test_a_signal_during_the_start_is_not_lost(eventually):
    done = []
    watch = SignalWatch(parented=False)
    signal.raise_signal(signal.SIGHUP)
    signal.raise_signal(signal.SIGUSR2)
    watch.listen(Reloads([noting(done)]))
    await eventually(lambda: done == [1])


async def test_a_single_process_says_what_a_rolling_restart_needs(eventually, caplog):
    SignalWatch(parented=False).listen(Reloads([]))
    with caplog.at_level(logging.WARNING):
        signal.raise_signal(signal.SIGUSR2)
        await eventually(lambda: caplog.records)
    assert "set server.workers to 2 or more" in caplog.text


async def test_a_worker_leaves_rolling_restarts_to_its_parent(caplog):
    SignalWatch(parented=True).listen(Reloads([]))
    signal.raise_signal(signal.SIGUSR2)
    await asyncio.sleep(0.01)
    assert not caplog.records
