"""Calls that ask the same at the same time."""

import asyncio

from routeiq_builtin_plugins.response_cache.flights import Flights


async def test_one_answers_and_the_others_wait_for_it():
    flights = Flights()
    assert flights.begin("k", "one")
    assert not flights.begin("k", "two")
    waiting = [asyncio.ensure_future(flights.wait("k", 5)) for _ in range(3)]
    await asyncio.sleep(0)
    flights.end("k", "two")  # which answers for nobody
    assert len(flights) == 1
    flights.end("k", "one")
    assert await asyncio.gather(*waiting) == [True] * 3
    assert len(flights) == 0
    assert not await flights.wait("k", 5)
    flights.end("k", "one")


async def test_one_that_never_ends_is_forgotten_and_keeps_nobody():
    flights = Flights()
    flights.begin("k", "one")
    assert not await flights.wait("k", 0.01)
    assert flights.begin("k", "two")
    flights.end("k", "one")
    assert len(flights) == 1


async def test_one_who_gives_up_waiting_disturbs_nobody():
    flights = Flights()
    flights.begin("k", "one")
    gone, stays = (asyncio.ensure_future(flights.wait("k", 5)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    flights.end("k", "one")
    assert await stays


def test_event_loops_are_apart():
    flights = Flights()

    async def begin():
        return flights.begin("k", "one")

    loops = [asyncio.new_event_loop() for _ in range(2)]
    assert [loop.run_until_complete(begin()) for loop in loops] == [True, True]
    for loop in loops:
        loop.close()
