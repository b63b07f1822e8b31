"""Who leads, of processes that share a store."""

import asyncio

import pytest

from routeiq.core.errors import NotRunningError, StorageUnavailable
from routeiq.core.leadership import Leadership
from routeiq.core.lifetime import Lifetime
from routeiq.core.memory_state import MemoryState


class Store(MemoryState):
    """A store that can be taken away."""

    away = False
    asked = 0

    async def lease(self, name, holder, seconds):
        self.asked += 1
        if self.away:
            raise StorageUnavailable("nobody answers")
        return await super().lease(name, holder, seconds)


@pytest.fixture
async def candidate():
    lifetimes = []

    def make(holder, store, plugin="p", term=0.2):
        leadership, lifetime = Leadership(holder, term), Lifetime(plugin)
        leadership.store = store
        lifetime.begin()
        lifetimes.append(lifetime)
        return leadership.candidacy(lifetime), lifetime

    yield make
    for lifetime in lifetimes:
        await lifetime.end()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def turns():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_without_a_store_everybody_leads(candidate):
    one, _ = candidate("a", None)
    other, _ = candidate("b", None)
    await turns()
    assert one.leads
    assert other.leads


async def test_one_leads_in_each_plugin_and_keeps_to_it(candidate):
    store = Store()
    one, _ = candidate("a", store, term=1)
    await turns()
    other, _ = candidate("b", store, term=1)
    elsewhere, _ = candidate("b", store, plugin="q", term=1)
    while store.asked < 6:
        await asyncio.sleep(0.05)
        assert (one.leads, other.leads, elsewhere.leads) == (True, False, True)


async def test_when_the_leader_is_gone_another_one_leads_after_its_term(candidate):
    store = Store()
    _, lifetime = candidate("a", store)
    await turns()
    other, _ = candidate("b", store)
    await lifetime.end()
    await turns()
    assert not other.leads
    async with asyncio.timeout(5):
        while not other.leads:
            await asyncio.sleep(0.01)


async def test_while_the_store_is_away_nobody_leads_for_longer_than_the_term(candidate, caplog):
    store = Store()
    one, _ = candidate("a", store, term=0.5)
    await turns()
    store.away = True
    assert one.leads
    async with asyncio.timeout(5):
        while one.leads or store.asked < 4:
            await asyncio.sleep(0.01)
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        "plugin p: its timers with leader=True pause in this process, since no lease can be had: nobody answers"
    ]
    store.away = False
    async with asyncio.timeout(5):
        while not one.leads:
            await asyncio.sleep(0.01)


async def test_a_run_of_a_plugin_has_one_candidacy_whatever_its_timers():
    leadership, lifetime = Leadership("a"), Lifetime("p")
    assert leadership.candidacy(lifetime) is leadership.candidacy(lifetime)
    assert leadership.candidacy(Lifetime("p")) is not leadership.candidacy(lifetime)


async def test_a_run_that_has_ended_is_forgotten_and_leads_no_more():
    leadership, lifetime = Leadership("a"), Lifetime("p")
    leadership.candidacy(lifetime)
    await lifetime.end()
    assert leadership._candidacies == {}
    with pytest.raises(NotRunningError):
        leadership.candidacy(lifetime)
