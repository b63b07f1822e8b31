"""Broadcasts: to all others, in order, without waiting, and without loss as long as they live and are quick enough."""

import logging

from routeiq.gateway.group import lines as module


def hearer(group, topic="t"):
    heard = []

    async def hear(payload):
        heard.append(payload)

    group.answer(topic, hear)
    return heard


async def test_all_others_hear_it_in_order(worker, eventually):
    groups = [await worker(number) for number in range(3)]
    heard = [hearer(group) for group in groups]
    for number in range(500):
        groups[0].broadcast("t", number)
    await eventually(lambda: len(heard[1]) == len(heard[2]) == 500)
    assert heard == [[], list(range(500)), list(range(500))]


async def test_a_handler_that_fails_hears_the_next_one(worker, eventually, caplog):
    first, second = await worker(0), await worker(1)
    heard = []

    async def hear(payload):
        heard.append(payload)
        if payload == 1:
            raise ValueError("no")

    second.answer("t", hear)
    first.broadcast("t", 1)
    first.broadcast("t", 2)
    await eventually(lambda: heard == [1, 2])
    assert len([record for record in caplog.records if record.exc_info]) == 1


async def test_one_that_retires_still_hears(worker, eventually):
    first, second = await worker(0), await worker(1)
    heard = hearer(second)
    second.retire()
    first.broadcast("t", 1)
    await eventually(lambda: heard == [1])


async def test_what_is_broadcast_just_before_the_end_still_arrives(worker, eventually):
    first, second = await worker(0), await worker(1)
    heard = hearer(second)
    for number in range(100):
        first.broadcast("t", number)
    await first.close()
    await eventually(lambda: len(heard) == 100)


async def test_a_peer_that_comes_again_hears_what_is_broadcast_then(worker, eventually):
    first, second = await worker(0), await worker(1)
    hearer(second)
    first.broadcast("t", 1)
    await second.close()
    first.broadcast("t", 2)
    heard = hearer(await worker(1, 4))
    await eventually(lambda: not first._lines._lines)
    first.broadcast("t", 3)
    await eventually(lambda: heard == [3])


async def test_for_one_that_is_too_slow_messages_are_lost_and_counted(worker, stuck, monkeypatch, caplog, eventually):
    monkeypatch.setattr(module, "WAITING", 10)
    monkeypatch.setattr(module, "FLUSH", 0.01)
    first, quick = await worker(0), await worker(2)
    heard = hearer(quick)
    stuck(1)
    with caplog.at_level(logging.WARNING):
        for number in range(20):
            first.broadcast("t", [number, "x" * 1_000_000])
            await eventually(lambda number=number: len(heard) > number)
    assert first._lines.dropped > 0
    assert [record.getMessage() for record in caplog.records] == [
        "worker 1 is too slow for what is broadcast: messages are lost"
    ]
    await first.close()
