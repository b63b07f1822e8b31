"""The clock of the read timeout."""

import asyncio
import math

from routeiq.gateway.upstream.clock import ReadClock


class Watch:
    def __init__(self):
        self.loop = asyncio.get_running_loop()
        self.fired = []
        self.clock = ReadClock(self.loop, lambda: self.fired.append(self.loop.time()))
        self.clock.limit = 0.03


async def test_it_calls_back_once_and_not_before_its_time():
    watch = Watch()
    begun = watch.loop.time()
    watch.clock.start()
    await asyncio.sleep(0.1)
    assert len(watch.fired) == 1
    assert watch.fired[0] >= begun + 0.03


async def test_an_event_puts_it_off():
    watch = Watch()
    watch.clock.start()
    await asyncio.sleep(0.02)
    watch.clock.since = last = watch.loop.time()
    await asyncio.sleep(0.08)
    assert len(watch.fired) == 1
    assert watch.fired[0] >= last + 0.03


async def test_a_stopped_clock_stays_silent_until_it_is_started_again():
    watch = Watch()
    watch.clock.start()
    watch.clock.stop()
    watch.clock.stop()
    await asyncio.sleep(0.05)
    assert not watch.fired
    watch.clock.start()
    await asyncio.sleep(0.05)
    assert len(watch.fired) == 1


async def test_a_shorter_limit_is_kept_though_a_longer_ones_timer_runs():
    watch = Watch()
    watch.clock.limit = 60
    watch.clock.start()
    watch.clock.limit = 0.03
    watch.clock.start()
    await asyncio.sleep(0.08)
    assert len(watch.fired) == 1
    watch.clock.stop()


async def test_a_longer_limit_is_kept_though_a_shorter_ones_timer_runs():
    watch = Watch()
    watch.clock.start()
    watch.clock.limit = 60
    watch.clock.start()
    await asyncio.sleep(0.06)
    assert not watch.fired
    watch.clock.stop()


async def test_an_infinite_limit_never_calls_back():
    errors = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
    watch = Watch()
    watch.clock.start()
    watch.clock.limit = math.inf
    watch.clock.start()
    await asyncio.sleep(0.06)
    assert not watch.fired
    assert not errors
