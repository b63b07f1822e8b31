"""What a worker does with its peers' connections, whatever comes on them."""

import asyncio

import pytest

from routeiq.gateway.group import handlers as module
from routeiq.gateway.group.connection import Connection


async def call(directory, member, *documents):
    """Send these to a worker, and return what comes back until it closes."""
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_unix_connection(Connection, str(directory.path / member))
    for document in documents:
        await connection.send(document)
    async with asyncio.timeout(5):
        await connection.wait_lost()
    return list(connection._documents)


@pytest.mark.parametrize(
    "opening", [None, 7, [], {}, {"ask": 1, "payload": 2}, {"ask": "t"}, {"converse": "t"}, {"tell": "x"}]
)
async def test_what_makes_no_sense_ends_the_connection(worker, directory, opening):
    await worker(0)
    assert await call(directory, "0-0", opening) == []


async def test_who_does_not_say_what_for_is_not_waited_for(worker, directory, monkeypatch):
    monkeypatch.setattr(module, "PROMPTNESS", 0.01)
    await worker(0)
    assert await call(directory, "0-0") == []


async def test_a_question_that_nobody_handles_is_answered_so(worker, directory):
    await worker(0)
    assert await call(directory, "0-0", {"ask": "t", "payload": 1}) == [{"unknown": "t"}]


async def test_what_is_told_and_nobody_handles_is_passed_over(worker, directory, eventually):
    group = await worker(0)
    heard = []

    async def hear(payload):
        heard.append(payload)

    group.answer("t", hear)
    told = [{"topic": "other", "payload": 1}, {"odd": 1}, {"topic": "t", "payload": 2}]
    calling = asyncio.create_task(call(directory, "0-0", {"tell": 1}, *told))
    await eventually(lambda: heard == [2])
    await group.close()
    assert await calling == []


async def test_a_handler_that_does_not_end_is_cancelled_at_the_end(worker, directory, monkeypatch, eventually):
    monkeypatch.setattr(module, "FAREWELL", 0.01)
    group, other = await worker(0), await worker(1)
    seen = []

    async def stubborn(conversation):
        seen.append("began")
        try:
            await asyncio.sleep(60)
        finally:
            seen.append("cancelled")

    group.serve("c", stubborn)
    async with other.converse("c"):
        await eventually(lambda: seen)
        await group.close()
    assert seen == ["began", "cancelled"]
