"""Workers that ask each other: who answers, who does not, and who leads."""

import asyncio
import os
import socket

import pytest

from routeiq.gateway.group import Member, PeerFailure, Seat, WorkerGroup


async def seven(payload):
    return {"seven": 7, "of": payload}


async def test_all_others_answer_by_their_numbers(worker):
    groups = [await worker(number) for number in range(3)]
    for group in groups:
        group.answer("t", lambda payload, number=group.number: told(number, payload))
    assert await groups[0].ask("t", "x") == {1: [1, "x"], 2: [2, "x"]}
    assert await groups[2].ask("t") == {0: [0, None], 1: [1, None]}
    assert (groups[1].number, groups[1].size) == (1, 3)


async def told(number, payload):
    return [number, payload]


async def test_a_worker_asks_before_it_is_a_peer_and_is_not_asked(worker):
    first, second = await worker(0), await worker(1, opened=False)
    for group in (first, second):
        group.answer("t", seven)
    assert list(await second.ask("t")) == [0]
    assert await first.ask("t") == {}


async def test_one_that_died_is_absent_though_its_socket_lies_there(worker, directory):
    first, second = await worker(0), await worker(1)
    second.answer("t", seven)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(directory.path / "2-0"))
        dead.listen()
    answers = await first.ask("t")
    assert (list(answers), answers.failures) == ([1], ())
    async with first.converse("c") as peers:
        assert [failure.number for failure in peers.failures] == [1]  # which lives, and has no handler


async def test_one_that_is_slow_is_absent_and_its_handler_is_ended(worker, eventually):
    first, second = await worker(0), await worker(1)
    ended = []

    async def slow(payload):
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(payload)

    second.answer("t", slow)
    answers = await first.ask("t", "x", timeout=0.05)
    assert answers == {}
    assert answers.failures == (PeerFailure(1, "slow", "did not answer within 0.05 s"),)
    await eventually(lambda: ended == ["x"])


async def test_one_that_fails_is_absent_and_its_error_is_told_and_logged_there(worker, caplog):
    first, second, third = await worker(0), await worker(1), await worker(2)

    async def fail(payload):
        raise ValueError("the disk is full")

    second.answer("t", fail)
    third.answer("t", seven)
    answers = await first.ask("t")
    assert answers == {2: {"seven": 7, "of": None}}
    assert answers.failures == (PeerFailure(1, "failed", "the disk is full"),)
    [record] = [one for one in caplog.records if one.exc_info]
    assert "what another worker asked about t failed" in record.getMessage()


async def test_an_answer_that_cannot_be_sent_is_a_failure(worker):
    first, second = await worker(0), await worker(1)

    async def odd(payload):
        return {1, 2}

    second.answer("t", odd)
    [failure] = (await first.ask("t")).failures
    assert (failure.number, failure.kind) == (1, "failed")
    assert "set" in failure.text


async def test_a_topic_without_a_handler_is_told(worker):
    first, _ = await worker(0), await worker(1)
    assert (await first.ask("t")).failures == (PeerFailure(1, "unknown", "has no handler for t"),)


async def test_a_question_that_cannot_be_sent_is_the_askers_error(worker):
    first, _ = await worker(0), await worker(1)
    with pytest.raises(TypeError):
        await first.ask("t", object())
    with pytest.raises(TypeError):
        first.broadcast("t", object())


async def test_a_topic_has_one_handler(worker):
    first = await worker(0)
    first.answer("t", seven)
    first.serve("t", seven)
    with pytest.raises(ValueError, match="'t' has a handler"):
        first.answer("t", seven)
    with pytest.raises(ValueError, match="'t' has a handler"):
        first.serve("t", seven)


async def test_a_successor_has_the_number_and_its_predecessor_retires(worker):
    asker, old, new = await worker(0), await worker(1, 1), await worker(1, 3)
    for group, answer in ((old, "old"), (new, "new")):
        group.answer("t", lambda _, answer=answer: told(answer, None))
    for _ in range(2):  # before it is told to end, and after
        answers = await asker.ask("t")
        assert (answers, answers.retiring) == ({1: ["new", None]}, (["old", None],))
        old.retire()
    await old.close()
    answers = await asker.ask("t")
    assert (answers, answers.retiring) == ({1: ["new", None]}, ())


async def test_questions_do_not_wait_for_each_other(worker):
    groups = [await worker(number) for number in range(3)]

    async def nested(payload):
        return sorted(await groups[1].ask("seven"))

    for group in groups:
        group.answer("seven", seven)
    groups[1].answer("nested", nested)
    answers = await asyncio.gather(*(groups[0].ask("nested") for _ in range(20)))
    assert all(answer[1] == [0, 2] for answer in answers)


async def test_it_leads_when_it_is_told_to_and_until_it_retires(worker):
    group = await worker(1)
    assert not group.lead
    waiting = asyncio.create_task(group.wait_lead())
    await asyncio.sleep(0)
    assert not waiting.done()
    group.take_lead()
    await waiting
    assert group.lead
    group.retire()
    group.take_lead()
    assert not group.lead


async def test_it_leaves_no_socket(worker, directory):
    first, second = await worker(0), await worker(1)
    await first.close()
    await first.close()
    assert [member.number for member in directory.members()] == [1]
    assert await second.ask("t") == {}


async def test_the_last_worker_removes_the_directory_of_a_parent_that_is_gone(worker, directory, monkeypatch):
    first, second = await worker(0), await worker(1)
    monkeypatch.setattr(os, "getppid", lambda: 1)
    (directory.path / "what others keep there").touch()
    await first.close()
    assert directory.path.exists()
    await second.close()
    assert not directory.path.exists()


async def test_a_directory_that_is_gone_is_an_error_of_the_start(worker, directory):
    group = await worker(0, opened=False)
    directory.path.rmdir()
    with pytest.raises(FileNotFoundError):
        await group.open()
    directory.path.mkdir()


def test_it_runs_on_the_event_loop_that_workers_have(directory):
    uvloop = pytest.importorskip("uvloop")

    async def scenario():
        first, second = (WorkerGroup(Seat(directory.path, Member(number, 0), 2)) for number in range(2))
        heard, ended = [], []

        async def converse(conversation):
            heard.append(await conversation.receive())
            await conversation.wait_lost()
            ended.append(conversation.number)

        for group in (first, second):
            group.answer("t", seven)
            group.serve("c", converse)
            await group.open()
        assert await first.ask("t") == {1: {"seven": 7, "of": None}}
        async with second.converse("c") as [peer]:
            await peer.send("hello")
        async with asyncio.timeout(5):
            while not ended:
                await asyncio.sleep(0.005)
        assert (heard, ended) == (["hello"], [1])
        await first.close()
        assert await second.ask("t") == {}
        await second.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(scenario())
