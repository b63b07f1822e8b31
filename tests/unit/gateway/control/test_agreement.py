"""Workers agree, also when one of them goes in the middle of it."""

import asyncio

import pytest

from routeiq.core.errors import NoAgreement
from routeiq.gateway.control.agreement import READY, TOPIC
from routeiq.gateway.control.proposal import Proposal

DOCUMENT = {"plugins": {"p": {"config": {"word": "new"}}}}
PROPOSAL = Proposal(1, DOCUMENT)


async def until(condition):
    async with asyncio.timeout(5):
        while not await condition():
            await asyncio.sleep(0.01)


async def test_who_loses_the_leader_before_it_saved_takes_the_change_back(workers):
    asked, leader = await workers(2)
    async with leader.group.converse(TOPIC) as peers:
        (peer,) = peers
        await peer.send(PROPOSAL.to_json())
        assert await peer.receive() == READY
    await until(lambda: _offers(asked, 2))
    assert asked.offered == [("default", "new"), ("new", "default")]
    assert await asked.answer() == "default 10"


async def test_who_loses_the_leader_after_it_saved_goes_on(workers):
    asked, leader = await workers(2)
    async with leader.group.converse(TOPIC) as peers:
        (peer,) = peers
        await peer.send(PROPOSAL.to_json())
        assert await peer.receive() == READY
        await leader.control.state.save(0, DOCUMENT)

    async def follows():
        return await asked.answer() == "new 10" and asked.control.version == 1

    await until(follows)
    assert asked.offered == [("default", "new")]


async def test_a_worker_that_does_not_answer_is_named_and_nothing_changes(workers, set_word, monkeypatch):
    first, second = await workers(2)
    monkeypatch.setattr(first.control._agreement, "_patience", 0.05)
    blocking = await second.manager.prepare(lambda desired: desired)
    with pytest.raises(NoAgreement, match=r"worker 1 did not answer within 0.05 s"):
        await set_word(first, "new")
    await blocking.abort()
    assert await first.answer() == "default 10"
    await set_word(first, "newer")
    assert [await first.answer(), await second.answer()] == ["newer 10"] * 2


async def test_a_worker_that_has_ended_is_not_asked(workers, set_word):
    first, second = await workers(2)
    await second.end()
    await set_word(first, "new")
    assert await first.answer() == "new 10"


async def _offers(worker, count):
    return len(worker.offered) == count
