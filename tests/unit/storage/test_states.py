"""What every store of the operator's state does, whichever it is."""

import asyncio
from collections.abc import Mapping

import pytest

from routeiq.core.errors import StateConflict
from routeiq.core.state import KEPT_RECORDS, StoredState


async def test_at_first_there_is_nothing(state):
    assert await state.load() == StoredState(0, {})
    assert (state.available, state.reason) == (True, "")
    assert await state.records(None, 10) == []
    assert await state.members() == {}


async def test_what_is_saved_is_loaded(state):
    document = {"plugins": {"a#b": {"config": {"word": "ä\n", "limits": [1, 2.5, None]}, "override": {}}}}
    assert await state.save(0, document) == 1
    assert await state.load() == StoredState(1, document)
    assert await state.save(1, {}) == 2
    assert await state.load() == StoredState(2, {})


async def test_a_glance_needs_no_open_store(state):
    document = {"plugins": {"a": {"override": {"enabled": False}}}}
    await state.save(0, document)
    async with asyncio.timeout(10):
        while state.glance() != StoredState(1, document):  # a replica's own copy is written soon after
            await asyncio.sleep(0.01)
    await state.close()
    assert state.glance() == StoredState(1, document)


async def test_what_was_given_and_taken_can_be_changed_without_effect(state):
    document = {"a": [1]}
    await state.save(0, document)
    document["a"].append(2)
    loaded = (await state.load()).document
    assert isinstance(loaded, Mapping)
    loaded["a"].append(3)
    assert (await state.load()).document == {"a": [1]}


@pytest.mark.parametrize("expected", [0, 2, -1])
async def test_a_change_of_another_version_is_a_conflict_and_changes_nothing(state, expected):
    await state.save(0, {"a": 1})
    with pytest.raises(StateConflict) as raised:
        await state.save(expected, {"a": 2})
    assert (raised.value.expected, raised.value.version) == (expected, 1)
    assert await state.load() == StoredState(1, {"a": 1})


async def test_of_concurrent_changes_of_one_version_one_wins(state):
    results = await asyncio.gather(*(state.save(0, {"by": n}) for n in range(20)), return_exceptions=True)
    assert results.count(1) == 1
    assert sum(isinstance(one, StateConflict) for one in results) == 19
    assert await state.load() == StoredState(1, {"by": results.index(1)})


async def test_what_json_cannot_hold_is_not_saved(state):
    for call in (state.save(0, {"a": object()}), state.record({"a": {1}}), state.announce("a", {"x": object()}, 1)):
        with pytest.raises(ValueError, match="JSON"):
            await call
    assert await state.load() == StoredState(0, {})


async def test_changes_begin_with_the_present_version_and_then_tell_of_each(state):
    await state.save(0, {})
    changes = state.changes()
    assert await anext(changes) == 1
    await state.save(1, {"a": 1})
    async with asyncio.timeout(5):
        assert await anext(changes) == 2


async def test_a_change_between_the_making_of_the_iterator_and_its_first_step_is_not_missed(state):
    changes = state.changes()
    await state.save(0, {})
    async with asyncio.timeout(5):
        while await anext(changes) != 1:
            pass


async def test_a_slow_reader_of_changes_gets_the_newest(state):
    changes = state.changes()
    for version in range(50):
        await state.save(version, {})
    async with asyncio.timeout(5):
        while await anext(changes) != 50:
            pass


async def test_changes_end_when_the_store_is_closed(state):
    changes = state.changes()
    await state.close()
    async with asyncio.timeout(5):
        assert [version async for version in changes] == [0]


async def test_the_audit_log_is_read_newest_first_and_in_pages(state):
    for number in range(5):
        await state.record({"n": number})
    first = await state.records(None, 2)
    assert [one.entry["n"] for one in first] == [4, 3]
    second = await state.records(first[-1].number, 2)
    assert [one.entry["n"] for one in second] == [2, 1]
    assert [one.entry["n"] for one in await state.records(second[-1].number, 2)] == [0]
    assert await state.records(1, 10) == []


async def test_an_entry_that_comes_between_two_pages_moves_nothing(state):
    for number in range(4):
        await state.record({"n": number})
    first = await state.records(None, 2)
    await state.record({"n": 4})
    assert [one.entry["n"] for one in await state.records(first[-1].number, 2)] == [1, 0]


async def test_the_audit_log_keeps_the_newest(state):
    for number in range(KEPT_RECORDS + 10):
        await state.record({"n": number})
    kept = await state.records(None, 2 * KEPT_RECORDS)
    assert [one.entry["n"] for one in kept] == list(range(KEPT_RECORDS + 9, 9, -1))


async def test_processes_tell_of_themselves(state):
    await state.announce("a", {"version": 1}, 30)
    await state.announce("b", {"version": 1}, 30)
    await state.announce("a", {"version": 2, "refused": ["x"]}, 30)
    assert await state.members() == {"a": {"version": 2, "refused": ["x"]}, "b": {"version": 1}}


async def test_a_notice_reaches_all_who_listen_to_its_topic(state):
    listeners = [state.listen("quarantine"), state.listen("quarantine")]
    other = state.listen("other")
    await state.broadcast("quarantine", {"plugin": "a"})
    await state.broadcast("other", [1, None])
    async with asyncio.timeout(5):
        assert [await anext(one) for one in listeners] == [{"plugin": "a"}] * 2
        assert await anext(other) == [1, None]


async def test_a_listener_gets_nothing_from_before_its_time(state):
    earlier = state.listen("topic")
    async with asyncio.timeout(5):
        await state.broadcast("topic", 1)
        assert await anext(earlier) == 1
        listener = state.listen("topic")
        await state.broadcast("topic", 2)
        assert await anext(listener) == 2


async def test_listening_ends_when_the_store_is_closed(state):
    listener = state.listen("topic")
    await state.close()
    async with asyncio.timeout(5):
        assert [notice async for notice in listener] == []


async def test_a_lease_is_held_by_one_and_prolonged_by_it_alone(state):
    assert await state.lease("leader", "a", 30)
    assert not await state.lease("leader", "b", 30)
    assert await state.lease("leader", "a", 30)
    assert await state.lease("another", "b", 30)


async def test_another_process_sees_what_was_saved_and_is_told_of_it(connect):
    one, other = (await connect()).state, (await connect()).state
    changes, notices = other.changes(), other.listen("topic")
    await one.save(0, {"a": 1})
    await one.broadcast("topic", "now")
    await one.announce("one", {"version": 1}, 60)
    await one.record({"by": "one"})
    async with asyncio.timeout(5):
        while await anext(changes) != 1:
            pass
        assert await anext(notices) == "now"
    assert await other.load() == StoredState(1, {"a": 1})
    assert await other.members() == {"one": {"version": 1}}
    assert [one.entry for one in await other.records(None, 1)] == [{"by": "one"}]
    assert await one.lease("leader", "one", 60)
    assert not await other.lease("leader", "other", 60)


async def test_of_changes_by_several_processes_none_is_lost(connect):
    stores = [(await connect()).state for _ in range(3)]

    async def add(store, name):
        while True:
            current = await store.load()
            try:
                return await store.save(current.version, {**current.document, name: True})
            except StateConflict:
                await asyncio.sleep(0)

    names = [f"{store}-{n}" for store in range(3) for n in range(10)]
    versions = await asyncio.gather(*(add(stores[int(name[0])], name) for name in names))
    assert sorted(versions) == list(range(1, 31))
    assert (await stores[0].load()).document.keys() == set(names)


async def test_what_was_told_and_leased_expires(connect):
    one, other = (await connect()).state, (await connect()).state
    await one.announce("one", {}, 0.05)
    assert await one.lease("leader", "one", 0.05)
    await asyncio.sleep(0.1)
    assert await other.members() == {}
    assert await other.lease("leader", "other", 60)
    assert not await one.lease("leader", "one", 60)


async def test_a_store_can_be_opened_again_and_kept_what_it_had(state):
    await state.save(0, {"a": 1})
    await state.close()
    await state.close()
    await state.open()
    await state.open()
    assert (await state.load()).document == {"a": 1}
    assert await anext(state.changes()) == 1
