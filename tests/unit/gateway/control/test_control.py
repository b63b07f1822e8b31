"""Changing the operator's state: in all workers or nowhere, audited, and awaited."""

import asyncio

import pytest

from routeiq.core.errors import ChangeRefused, ConfigurationError, NoAgreement, StorageUnavailable
from routeiq.core.memory_state import MemoryState


async def answers(workers):
    return [await worker.answer() for worker in workers]


async def test_a_change_is_in_force_in_every_worker_when_it_returns(workers, set_word):
    team = await workers(3)
    change = await set_word(team[1], "new", limit=5)
    assert (change.version, change.changed) == (1, True)
    assert await answers(team) == ["new 5"] * 3
    assert [worker.control.version for worker in team] == [1, 1, 1]


@pytest.mark.parametrize("who_refuses", [0, 1, 2])
async def test_what_one_worker_refuses_is_in_force_in_none(workers, set_word, who_refuses):
    team = await workers(3)
    await set_word(team[0], "first")
    team[who_refuses].refuses.add("bad")
    with pytest.raises(ChangeRefused, match="bad is refused here"):
        await set_word(team[0], "bad")
    assert await answers(team) == ["first 10"] * 3
    assert (await team[0].control.state.load()).version == 1
    for worker in team:
        if ("first", "bad") in worker.offered and worker is not team[who_refuses]:
            assert worker.offered[-1] == ("bad", "first"), "who had agreed is told that it is taken back"


async def test_what_is_wrong_is_told_and_nothing_changes(workers, set_word):
    team = await workers(2)
    with pytest.raises(ConfigurationError, match="limit"):
        await set_word(team[0], "new", limit=0)
    assert await answers(team) == ["default 10"] * 2


async def test_changes_of_all_workers_at_once_all_hold_one_after_the_other(workers):
    team = await workers(3)

    def append(number):
        def edit(document):
            word = document.get("plugins", {}).get("p", {}).get("config", {}).get("word", "")
            return {"plugins": {"p": {"config": {"word": f"{word}{number}"}}}}

        return edit

    changes = [
        worker.control.change(append(number), who="test", action="configure", plugin="p")
        for number, worker in enumerate(team * 3)
    ]
    done = await asyncio.gather(*changes)
    assert sorted(change.version for change in done) == list(range(1, 10))
    words = {(await worker.answer()).split()[0] for worker in team}
    assert len(words) == 1
    assert sorted(words.pop()) == sorted("012345678")


async def test_a_change_that_changes_nothing_is_none(workers, set_word):
    (worker,) = await workers()
    await set_word(worker, "new")
    again = await set_word(worker, "new")
    assert (again.version, again.changed) == (1, False)
    assert worker.offered == [("default", "new")]


async def test_the_audit_log_tells_who_changed_what_from_what_to_what(workers, set_word):
    (worker,) = await workers()
    await set_word(worker, "new")
    (record,) = await worker.control.state.records(None, 10)
    entry = record.entry
    assert (entry["who"], entry["action"], entry["plugin"], entry["version"]) == ("test", "configure", "p", 1)
    assert entry["before"]["config"]["word"] == "default"
    assert entry["after"]["config"]["word"] == "new"


async def test_enabling_order_and_mode_go_the_same_way(workers):
    team = await workers(2)

    async def override(**fields):
        def edit(document):
            return {"plugins": {"p": {"override": fields}}}

        await team[0].control.change(edit, who="test", action="settings", plugin="p")

    await override(enabled=False)
    assert await answers(team) == ["", ""]
    assert [worker.manager.records["p"].state for worker in team] == ["disabled", "disabled"]
    await override(enabled=True, priority=7, mode="audit")
    assert [worker.manager.records["p"].priority for worker in team] == [7, 7]
    assert [worker.manager.records["p"].mode for worker in team] == ["audit", "audit"]


async def test_a_change_can_be_awaited_until_every_process_follows(workers, set_word):
    state = MemoryState()
    (here,), (replica,) = await workers(state=state), await workers(state=state)
    change = await set_word(here, "new")
    convergence = await here.control.converged(change.version, 5)
    assert convergence.complete
    assert [one["version"] for one in convergence.members] == [1, 1]
    assert await replica.answer() == "new 10"


async def test_a_replica_that_refuses_keeps_what_it_has_and_says_so(workers, set_word):
    state = MemoryState()
    (here,), (replica,) = await workers(state=state), await workers(state=state)
    replica.refuses.add("new")
    change = await set_word(here, "new")
    convergence = await here.control.converged(change.version, 5)
    assert not convergence.complete
    assert any("new is refused here" in str(one["refused"]) for one in convergence.members)
    assert await replica.answer() == "default 10"
    assert "new is refused here" in replica.control.problems["p"]
    replica.refuses.clear()
    change = await set_word(here, "better")
    assert (await here.control.converged(change.version, 5)).complete
    assert await replica.answer() == "better 10"


async def test_without_the_store_nothing_changes_and_what_there_is_stays(workers, set_word):
    class Away(MemoryState):
        away = False

        async def save(self, expected, document):
            if self.away:
                raise StorageUnavailable("the store is away")
            return await super().save(expected, document)

    state = Away()
    team = await workers(2, state=state)
    await set_word(team[0], "first")
    state.away = True
    with pytest.raises(StorageUnavailable):
        await set_word(team[0], "second")
    assert await answers(team) == ["first 10"] * 2
    state.away = False
    await set_word(team[1], "third")
    assert await answers(team) == ["third 10"] * 2


async def test_a_change_goes_on_although_nobody_waits_for_it_any_more(workers, set_word):
    team = await workers(2)
    waiting = asyncio.create_task(set_word(team[0], "new"))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(5):
        while await answers(team) != ["new 10"] * 2:
            await asyncio.sleep(0.01)


async def test_the_state_is_in_force_from_the_start_on(workers, set_word):
    state = MemoryState()
    (first,) = await workers(state=state)
    await set_word(first, "kept")
    (second,) = await workers(state=state)
    assert await second.answer() == "kept 10"
    assert second.offered == []


async def test_what_became_of_changes_is_counted_where_they_were_led(workers, set_word, monkeypatch):
    first, second = await workers(2)
    await set_word(first, "new")
    second.refuses.add("bad")
    with pytest.raises(ChangeRefused):
        await set_word(first, "bad")
    monkeypatch.setattr(first.control._agreement, "_patience", 0.05)
    blocking = await second.manager.prepare(lambda desired: desired)
    with pytest.raises(NoAgreement):
        await set_word(first, "newer")
    await blocking.abort()
    assert first.control.outcomes == {"applied": 1, "refused": 1, "failed": 1}
    assert second.control.outcomes == {}


async def test_the_audit_log_says_of_each_change_what_it_did_and_nothing_of_others(workers, set_word):
    one, other = await workers(2)
    for turn in range(5):
        await asyncio.gather(*(set_word(worker, f"{worker.group.number} in turn {turn}") for worker in (one, other)))
    entries = sorted((dict(record.entry) for record in await one.control.state.records(None, 100)), key=version)
    assert [entry["version"] for entry in entries] == list(range(1, 11))
    words = [entry["before"]["config"]["word"] for entry in entries] + [entries[-1]["after"]["config"]["word"]]
    assert words[1:] == [entry["after"]["config"]["word"] for entry in entries], "each began where the last one ended"


def version(entry):
    return entry["version"]
