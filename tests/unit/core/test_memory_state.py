"""The operator's state in memory; tests/unit/storage/test_states.py has what all stores have in common."""

import pytest
from tests.fakes.clock import Clock

from routeiq.core.memory_state import MemoryState


@pytest.fixture
def clock():
    return Clock(0.0)


@pytest.fixture
def state(clock):
    return MemoryState(clock)


def test_it_is_always_available(state):
    assert (state.available, state.reason) == (True, "")


async def test_what_a_process_told_of_itself_expires(state, clock):
    await state.announce("a", {"version": 1}, 10)
    await state.announce("b", {"version": 2}, 20)
    clock.now = 10
    assert await state.members() == {"b": {"version": 2}}
    await state.announce("b", {"version": 3}, 20)
    assert list(state._members) == ["b"]


async def test_a_lease_that_is_over_can_be_taken_by_another_one(state, clock):
    assert await state.lease("leader", "a", 10)
    clock.now = 9
    assert not await state.lease("leader", "b", 10)
    assert await state.lease("leader", "a", 10)
    clock.now = 18
    assert not await state.lease("leader", "b", 10)
    clock.now = 19
    assert await state.lease("leader", "b", 10)
    assert not await state.lease("leader", "a", 10)
