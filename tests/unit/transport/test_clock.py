"""The clock of the read timeout, on a loop whose time the test makes."""

import asyncio
import math

import pytest

from routeiq.transport.clock import ReadClock


class Timer:
    def __init__(self, due, callback):
        self.due, self.callback, self.cancelled = due, callback, False

    def cancel(self):
        self.cancelled = True


class Loop:
    """What the clock uses of an event loop."""

    def __init__(self):
        self.now = 1000.0
        self.timers = []

    def time(self):
        return self.now

    def call_at(self, due, callback):
        self.timers.append(Timer(due, callback))
        return self.timers[-1]

    def running(self):
        return [timer for timer in self.timers if not timer.cancelled]

    def advance(self, seconds):
        end = self.now + seconds
        while due := [timer for timer in self.running() if timer.due <= end]:
            timer = min(due, key=lambda timer: timer.due)
            self.timers.remove(timer)
            self.now = timer.due
            timer.callback()
        self.now = end


@pytest.fixture
def loop():
    return Loop()


@pytest.fixture
def fired():
    return []


@pytest.fixture
def clock(loop, fired):
    clock = ReadClock(loop, lambda: fired.append(loop.now))
    clock.limit = 10
    return clock


def test_it_calls_back_once_at_its_time(loop, clock, fired):
    clock.start()
    loop.advance(9)
    assert fired == []
    loop.advance(100)
    assert fired == [1010]


def test_an_event_puts_it_off(loop, clock, fired):
    clock.start()
    loop.advance(6)
    clock.since = loop.now
    loop.advance(100)
    assert fired == [1016]


def test_many_starts_and_events_need_one_timer(loop, clock, fired):
    for _ in range(1000):
        clock.start()
        loop.advance(0.001)
        clock.since = loop.now
    assert len(loop.timers) == 1
    loop.advance(100)
    assert fired == [pytest.approx(1011)]


def test_a_stopped_clock_stays_silent_until_it_is_started_again(loop, clock, fired):
    clock.start()
    clock.stop()
    clock.stop()
    loop.advance(100)
    assert fired == []
    assert loop.running() == []
    clock.start()
    loop.advance(100)
    assert fired == [1110]


def test_after_its_callback_it_stands_still_until_it_is_started_again(loop, clock, fired):
    clock.start()
    loop.advance(100)
    assert loop.running() == []
    clock.start()
    loop.advance(100)
    assert fired == [1010, 1110]


def test_a_shorter_limit_is_kept_though_a_longer_ones_timer_runs(loop, clock, fired):
    clock.start()
    clock.limit = 2
    clock.start()
    loop.advance(5)
    assert fired == [1002]
    assert loop.running() == []


def test_a_longer_limit_is_kept_though_a_shorter_ones_timer_runs(loop, clock, fired):
    clock.start()
    clock.limit = 60
    clock.start()
    loop.advance(50)
    assert fired == []
    loop.advance(50)
    assert fired == [1060]


def test_an_infinite_limit_never_calls_back(loop, clock, fired):
    clock.start()
    clock.limit = math.inf
    clock.start()
    loop.advance(100)
    assert fired == []
    assert loop.running() == []


async def test_it_runs_on_a_real_loop_too():
    expired = asyncio.Event()
    clock = ReadClock(asyncio.get_running_loop(), expired.set)
    clock.limit = 0.01
    clock.start()
    await asyncio.wait_for(expired.wait(), 5)
    assert asyncio.get_running_loop().time() >= clock.since + 0.01
