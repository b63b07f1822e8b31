"""Wrappers around a phase, synchronous and asynchronous."""

import asyncio
import inspect

import pytest

from routeiq.core.dispatch import Plan, fire
from routeiq.core.logging import Activity
from routeiq.core.statistics import PhaseStatistics
from routeiq.core.steps import Phase, Step

CHAIN = Phase(
    "sample",
    "chain",
    "http",
    ("value",),
    False,
    ("value",),
    None,
    (bytes,),
    (),
    True,
    False,
    False,
    False,
    None,
    frozenset(),
)


def step(name, function, failures=None, *, is_wrapper=False, is_audited=False):
    failures = [] if failures is None else failures

    def fail(exception):
        failures.append((name, exception))

    is_async = asyncio.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    return Step(
        name, function, ("value",), is_async, None, fail, PhaseStatistics(name, "sample"),
        is_wrapper=is_wrapper, is_audited=is_audited,
    )  # fmt: skip


def plain(value):
    return value + b"!"


async def plain_async(value):
    return value + b"!"


def generator(value):
    outcome = yield
    outcome.force_result(b"<" + outcome.get_result() + b">")


async def async_generator(value):
    outcome = yield
    outcome.force_result(b"{" + outcome.get_result() + b"}")


async def run(*steps):
    return await fire(Plan(CHAIN, steps), b"x", Activity("r"))


@pytest.mark.parametrize("inner", [plain, plain_async])
async def test_the_first_wrapper_is_the_outermost(inner):
    assert (
        await run(step("a", generator, is_wrapper=True), step("b", async_generator, is_wrapper=True), step("c", inner))
        == b"<{x!}>"
    )


@pytest.mark.parametrize("inner", [plain, plain_async])
async def test_a_wrapper_that_forces_nothing_changes_nothing(inner):
    seen = []

    def looks(value):
        outcome = yield
        seen.append((value, outcome.get_result()))

    assert await run(step("a", looks, is_wrapper=True), step("b", inner)) == b"x!"
    assert seen == [(b"x", b"x!")]


@pytest.mark.parametrize("inner", [plain, plain_async])
async def test_wrappers_that_fail_are_left_out(inner):
    failures = []

    def early(value):
        raise ValueError("early")
        yield

    def late(value):
        outcome = yield
        outcome.force_result(b"lost")
        raise ValueError("late")

    def twice(value):
        yield
        yield

    def never(value):
        return
        yield

    def wrong(value):
        outcome = yield
        outcome.force_result(7)

    async def late_async(value):
        yield
        raise ValueError("late")

    async def twice_async(value):
        yield
        yield

    async def never_async(value):
        return
        yield

    wrappers = [early, late, twice, never, wrong]
    wrappers += [late_async, twice_async, never_async] if inner is plain_async else []
    for wrapper in wrappers:
        assert await run(step("bad", wrapper, failures, is_wrapper=True), step("b", inner)) == b"x!"
    assert len(failures) == len(wrappers)


async def test_a_wrapper_sees_what_the_inside_raised():
    seen = []

    def looks(value):
        outcome = yield
        seen.append(type(outcome.exception))

    def decides(value):
        raise KeyError("decision")

    def pass_on(exception):
        raise exception

    bad = step("b", decides)
    bad.fail = pass_on
    with pytest.raises(KeyError):
        await run(step("a", looks, is_wrapper=True), bad)
    assert seen == [KeyError]


async def test_an_audited_wrapper_is_counted_and_not_obeyed():
    wrapper = step("a", generator, is_wrapper=True, is_audited=True)
    assert await run(wrapper, step("b", plain)) == b"x!"
    assert wrapper.statistics.audited == 1


async def test_cancellation_closes_the_wrapper():
    closed = []

    def looks(value):
        try:
            yield
        finally:
            closed.append(True)

    async def waits(value):
        await asyncio.sleep(10)

    def raises(exception):
        raise exception

    waiting = step("b", waits)
    waiting.fail = raises
    plan = Plan(CHAIN, [step("a", looks, is_wrapper=True), waiting])
    task = asyncio.create_task(plan.call(b"x", Activity("r")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed == [True]
