"""Conversations between workers: both sides know of the other's end, however it came."""

import asyncio

import pytest

from routeiq.gateway.group import ConversationLost, PeerFailed, PeerFailure


async def echo(conversation):
    while True:
        await conversation.send([conversation.number, await conversation.receive()])


async def test_a_conversation_with_each_other_worker(worker):
    groups = [await worker(number) for number in range(3)]
    for group in groups:
        group.serve("c", echo)
    async with groups[0].converse("c") as peers:
        assert [peer.number for peer in peers] == [1, 2]
        for peer in peers:
            await peer.send("a")
            await peer.send(["b"])
        assert [[await peer.receive(), await peer.receive()] for peer in peers] == [[[0, "a"], [0, ["b"]]]] * 2
        assert not any(peer.lost for peer in peers)
    async with asyncio.timeout(5):
        for peer in peers:
            await peer.wait_lost()


async def test_the_handler_sees_the_end_of_the_one_who_asked_and_what_was_sent_before(worker, eventually, caplog):
    first, second = await worker(0), await worker(1)
    seen = []

    async def note(conversation):
        try:
            while True:
                seen.append(await conversation.receive())
        except ConversationLost as error:
            seen.append((error.number, conversation.lost))
            raise

    second.serve("c", note)
    with pytest.raises(ZeroDivisionError):
        async with first.converse("c") as [peer]:
            await peer.send("prepare")
            await peer.send("commit")
            raise ZeroDivisionError
    await eventually(lambda: len(seen) == 3)
    assert seen == ["prepare", "commit", (0, True)]
    assert not [record for record in caplog.records if record.exc_info]


async def test_the_handler_is_not_cancelled_by_a_loss(worker, eventually):
    first, second = await worker(0), await worker(1)
    done = []

    async def work(conversation):
        await conversation.wait_lost()
        await asyncio.sleep(0.01)
        done.append(True)

    second.serve("c", work)
    async with first.converse("c"):
        pass
    await eventually(lambda: done)


async def test_the_one_who_asked_sees_the_end_of_the_handler(worker):
    first, second = await worker(0), await worker(1)

    async def once(conversation):
        await conversation.send("last words")

    second.serve("c", once)
    async with first.converse("c") as [peer]:
        await peer.wait_lost()
        assert await peer.receive() == "last words"
        with pytest.raises(ConversationLost, match="worker 1 is gone"):
            await peer.receive()
        with pytest.raises(ConversationLost, match="worker 1 is gone"):
            await peer.send("x")


async def test_a_handler_that_fails_says_so_to_the_other_side_and_in_the_log(worker, caplog):
    first, second = await worker(0), await worker(1)

    async def fail(conversation):
        await conversation.receive()
        raise ValueError("no such plugin")

    second.serve("c", fail)
    async with first.converse("c") as [peer]:
        await peer.send("prepare")
        with pytest.raises(PeerFailed, match="worker 1 failed: no such plugin") as caught:
            await peer.receive()
    assert (caught.value.number, caught.value.text) == (1, "no such plugin")
    assert [record.getMessage() for record in caplog.records if record.exc_info] == [
        "a conversation about c with worker 0 failed"
    ]


async def test_who_cannot_take_part_is_a_failure_and_who_is_about_to_end_is_none(worker):
    first, unknowing, leaving = await worker(0), await worker(1), await worker(2)
    leaving.serve("c", echo)
    leaving.retire()
    async with first.converse("c") as peers:
        assert (peers, peers.failures) == ([], (PeerFailure(1, "unknown", "has no handler for c"),))
    assert unknowing.number == 1


async def test_one_that_does_not_join_in_time_is_a_failure(worker, stuck):
    first = await worker(0)
    stuck(1)
    async with first.converse("c", timeout=0.05) as peers:
        assert peers == []
        assert peers.failures == (PeerFailure(1, "slow", "did not answer within 0.05 s"),)


async def test_conversations_that_were_begun_end_when_the_beginning_is_given_up(worker, stuck, eventually):
    first, second = await worker(0), await worker(1)
    ended = []

    async def wait(conversation):
        await conversation.wait_lost()
        ended.append(True)

    second.serve("c", wait)
    stuck(2)

    async def begin():
        async with first.converse("c"):
            pass

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await begin()
    await eventually(lambda: ended)


async def test_a_worker_that_ends_is_lost_to_both_its_conversations(worker, eventually):
    first, second = await worker(0), await worker(1)
    lost = []

    async def wait(conversation):
        try:
            await conversation.receive()
        except ConversationLost:
            lost.append(conversation.number)
            raise

    second.serve("c", wait)
    async with first.converse("c") as [peer]:
        await second.close()
        with pytest.raises(ConversationLost):
            await peer.receive()
    assert lost == [0]
