"""A single process: it leads, and nobody answers."""

import pytest

from routeiq.gateway.group import Group, SoloGroup


@pytest.fixture
def group() -> Group:
    return SoloGroup()


async def nothing(_):
    pass


async def test_it_leads_from_the_beginning_to_the_end(group):
    await group.open()
    await group.wait_lead()
    group.take_lead()
    group.retire()
    assert (group.lead, group.number, group.size, group.directory) == (True, 0, 1, None)
    await group.close()


async def test_nobody_answers(group):
    group.answer("t", nothing)
    group.serve("t", nothing)
    group.broadcast("t", 1)
    answers = await group.ask("t", {"a": 1})
    assert (answers, answers.failures, answers.retiring) == ({}, (), ())
    async with group.converse("t") as peers:
        assert (peers, peers.failures) == ([], ())


async def test_what_workers_would_be_refused_is_refused(group):
    group.answer("t", nothing)
    with pytest.raises(ValueError, match="'t' has a handler"):
        group.answer("t", nothing)
    with pytest.raises(TypeError):
        await group.ask("t", object())
    with pytest.raises(TypeError):
        group.broadcast("t", object())
