"""Verdicts are asked for, several at a time, and remembered."""

import asyncio

import pytest
from routeiq_plugin_sdk import LLMError, Reject
from routeiq_plugin_sdk.testing import MockPluginContext, UpstreamFailure

from routeiq_builtin_plugins.llm_guard.config import Config
from routeiq_builtin_plugins.llm_guard.judge import Judge, Memory, NoVerdict
from routeiq_builtin_plugins.llm_guard.prompts import Turn
from routeiq_builtin_plugins.llm_guard.verdicts import SAFE, Verdict


def item(text):
    return (Turn("user", text),)


def context(**fields):
    made = MockPluginContext(Config(**fields))
    made.llm.default = "safe"
    return made


def unsafe(verdict):
    return verdict.unsafe


async def test_a_verdict_is_asked_for_once_and_remembered_by_its_text():
    judge, given = Judge(), context(model="guard")
    assert await judge.verdicts([item("a"), item("b")], given, unsafe) == [SAFE, SAFE]
    assert await judge.verdicts([item("b"), item("a")], given, unsafe) == [SAFE, SAFE]
    assert sorted(asked.messages[0]["content"] for asked in given.llm.requests) == ["a", "b"]
    assert {asked.model for asked in given.llm.requests} == {"guard"}
    assert given.metrics.value("remembered") == 2
    other = context(model="other")
    await judge.verdicts([item("a")], other, unsafe)
    assert len(other.llm.requests) == 1
    assert await judge.verdicts([], given, unsafe) == []


async def test_one_verdict_that_settles_it_is_enough():
    async def slowly(asked):
        await asyncio.sleep(0.001)
        return "safe"

    judge, given = Judge(), context(concurrency=1)
    given.llm.default = slowly
    given.llm.script("unsafe\nS1")
    assert await judge.verdicts([item(letter) for letter in "abcd"], given, unsafe) == [Verdict(True, ("S1",))]
    assert len(given.llm.requests) <= 2
    before = len(given.llm.requests)
    assert await judge.verdicts([item("new"), item("a")], given, unsafe) == [Verdict(True, ("S1",))]
    assert len(given.llm.requests) == before
    assert len(await judge.verdicts([item("new"), item("a")], given, lambda verdict: False)) == 2


@pytest.mark.parametrize("answer", [UpstreamFailure(503), "What do you mean?"])
async def test_no_answer_and_one_without_sense_are_no_verdict_and_not_remembered(answer):
    judge, given = Judge(), context()
    given.llm.script(answer)
    with pytest.raises(NoVerdict):
        await judge.verdicts([item("a")], given, unsafe)
    assert await judge.verdicts([item("a")], given, unsafe) == [SAFE]


async def test_no_verdict_tells_whether_another_plugin_refused_the_question():
    given, refusal = context(), Reject(429, "Spent.")

    async def refuse(*asked, **parameters):
        raise LLMError(429, "Spent.", rejection=refusal)

    given.llm.chat = refuse
    with pytest.raises(NoVerdict) as caught:
        await Judge().verdicts([item("a")], given, unsafe)
    assert caught.value.rejection is refusal


async def test_what_comes_too_late_is_no_verdict_and_nothing_goes_on():
    running = []

    async def slow(asked):
        running.append(asked)
        try:
            await asyncio.sleep(60)
        finally:
            running.remove(asked)
        return "safe"

    judge, given = Judge(), context(timeout=0.01)
    given.llm.default = slow
    with pytest.raises(NoVerdict, match=r"within 0.01 s"):
        await judge.verdicts([item("a"), item("b")], given, unsafe)
    assert running == []


async def test_only_so_many_questions_are_asked_at_a_time():
    most = now = 0

    async def counted(asked):
        nonlocal most, now
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return "safe"

    given = context(concurrency=3)
    given.llm.default = counted
    await Judge().verdicts([item(str(number)) for number in range(12)], given, unsafe)
    assert most == 3


async def test_what_needs_too_many_questions_is_not_judged_at_all():
    given = context(max_questions=2)
    with pytest.raises(NoVerdict, match="it needs 3 questions"):
        await Judge().verdicts([item(letter) for letter in "abc"], given, unsafe)
    assert given.llm.requests == []


def test_memory_forgets_what_is_old_and_what_was_longest_not_asked_for():
    memory = Memory()
    for name in (b"a", b"b", b"c"):
        memory.put(name, SAFE, 10, 2)
    assert len(memory) == 2
    assert memory.get(b"a", 0) is None
    assert memory.get(b"b", 9) is SAFE
    memory.put(b"d", SAFE, 10, 2)
    assert memory.get(b"c", 0) is None
    assert memory.get(b"b", 10) is None
    assert len(memory) == 1


async def test_nothing_is_remembered_where_that_is_switched_off():
    judge, given = Judge(), context(cache_size=0)
    for _ in range(2):
        await judge.verdicts([item("a")], given, unsafe)
    assert len(given.llm.requests) == 2
