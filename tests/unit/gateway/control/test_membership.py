"""Each process tells what it follows."""

import asyncio

from routeiq.core.memory_state import MemoryState
from routeiq.gateway.control.membership import Membership


def member(state, name, facts):
    return Membership(state, name, 0, lambda: facts)


async def test_who_is_behind_is_shown_when_the_time_is_over():
    state, facts = MemoryState(), {"version": 1, "refused": {}}
    ahead, behind = member(state, "a", {"version": 2, "refused": {}}), member(state, "b", facts)
    await behind.announce()
    found = await ahead.converged(2, 0.1)
    assert not found.complete
    assert [(one["name"], one["version"]) for one in found.members] == [("a", 2), ("b", 1)]


async def test_waiting_ends_as_soon_as_all_follow():
    state, facts = MemoryState(), {"version": 1, "refused": {}}
    ahead, behind = member(state, "a", {"version": 2, "refused": {}}), member(state, "b", facts)
    running = asyncio.create_task(behind.run())
    waiting = asyncio.create_task(ahead.converged(2, 30))
    await asyncio.sleep(0.1)
    facts["version"] = 2
    behind.changed()
    async with asyncio.timeout(5):
        assert (await waiting).complete
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_who_has_left_is_not_waited_for():
    state = MemoryState()
    gone = member(state, "b", {"version": 1, "refused": {}})
    await gone.announce()
    await gone.leave()
    assert (await member(state, "a", {"version": 2, "refused": {}}).converged(2, 1)).complete
