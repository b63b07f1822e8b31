"""One process's part in changes."""

import pytest

from routeiq.core.errors import StateConflict
from routeiq.core.masking import MASK
from routeiq.core.records import PluginRecord, PluginState
from routeiq.core.state import StoredState
from routeiq.gateway.control.participant import Moved, Participant
from routeiq.gateway.control.proposal import Proposal


def document(word):
    return {"plugins": {"p": {"config": {"word": word}}}}


async def test_a_version_that_is_not_later_is_a_conflict(workers):
    (worker,) = await workers()
    participant = worker.control._participant
    (await participant.prepare(Proposal(3, document("three")))).commit()
    with pytest.raises(StateConflict):
        await participant.prepare(Proposal(3, document("other")))
    assert await worker.answer() == "three 10"


async def test_an_adoption_gives_way_to_a_change_that_was_quicker(workers):
    import asyncio

    (worker,) = await workers()
    participant = worker.control._participant
    quicker = await participant.prepare(Proposal(2, document("two")))
    adopting = asyncio.create_task(participant.adopt(StoredState(1, document("one"))))
    await asyncio.sleep(0.01)
    quicker.commit()
    with pytest.raises(Moved):
        await adopting
    assert await worker.answer() == "two 10"


async def test_a_lower_version_is_adopted_when_the_store_was_set_back(workers):
    (worker,) = await workers()
    participant = worker.control._participant
    (await participant.prepare(Proposal(5, document("five")))).commit()
    await participant.adopt(StoredState(2, document("two")))
    assert (participant.version, await worker.answer()) == (2, "two 10")


async def test_what_is_in_force_can_be_handed_to_another_process(workers):
    first, second = (await workers())[0], (await workers())[0]
    (await first.control._participant.prepare(Proposal(4, document("four")))).commit()
    handed = first.control._participant.in_force()
    other = Participant(second.manager)
    (await other.prepare(Proposal.from_json(handed.to_json()))).commit()
    assert await second.answer() == "four 10"


async def test_secrets_are_not_shown(workers):
    (worker,) = await workers()
    shown = worker.control._participant.shown("p")
    assert shown == {"state": "active", "config": {"word": "default", "limit": 10}, "override": {}}
    assert worker.control._participant.shown("stranger") == {}


async def test_what_was_set_aside_is_shown_without_a_configuration(workers):
    (worker,) = await workers(1)
    worker.manager._roster.records["off"] = PluginRecord("off", PluginState.DISABLED, "disabled by the operator")
    assert worker.control._participant.shown("off") == {"state": "disabled", "config": None, "override": {}}


async def test_headers_that_narrow_a_plugin_are_secrets_as_elsewhere(workers):
    (worker,) = await workers(1)

    def edit(document):
        when = {"header": {"authorization": "Bearer hush", "x-team": "a"}}
        return {"plugins": {"p": {"override": {"when": when}}}}

    await worker.control.change(edit, who="test", action="test", plugin="p")
    header = worker.control._participant.shown("p")["override"]["when"]["header"]
    assert header == {"authorization": MASK, "x-team": ["a"]}
