"""Wrappers around a phase, synchronous and asynchronous."""

import asyncio
import contextlib
import inspect

import pytest
from tests.fakes.tracer import Noted

from routeiq.core.dispatch import Plan, fire
from routeiq.core.logging import Activity
from routeiq.core.statistics import SAMPLE, PhaseStatistics
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


@pytest.mark.parametrize("inner", [plain, plain_async])
async def test_calls_of_wrappers_are_counted_and_some_are_measured(inner):
    wrapper = step("a", generator, is_wrapper=True)
    plan = Plan(CHAIN, [wrapper, step("b", inner)])
    for _ in range(SAMPLE):
        await fire(plan, b"x", Activity("r"))
    assert (wrapper.statistics.calls, wrapper.statistics.sampled) == (SAMPLE, 1)


@pytest.mark.parametrize("inner", [plain, plain_async])
async def test_a_trace_is_told_of_a_wrapper_before_and_after_what_it_wraps(inner):
    def early(value):
        raise ValueError("early")
        yield

    def late(value):
        yield
        raise ValueError("late")

    async def async_late(value):
        yield
        raise ValueError("late")

    def decides(value):
        yield
        raise KeyError("decision")

    deciding = step("d", decides, is_wrapper=True)
    deciding.fail = lambda exception: (_ for _ in ()).throw(exception)
    cases = [
        (step("a", generator, is_wrapper=True), ["passed", "changed"]),
        (step("a", generator, is_wrapper=True, is_audited=True), ["passed", "audited"]),
        (step("a", early, [], is_wrapper=True), ["failed"]),
        (step("a", late, [], is_wrapper=True), ["passed", "failed"]),
        (deciding, ["passed", "rejected"]),
    ]
    cases += [(step("a", async_late, [], is_wrapper=True), ["passed", "failed"])] if inner is plain_async else []
    for wrapper, outcomes in cases:
        activity = Activity("r")
        activity.trace = Noted()
        with contextlib.suppress(KeyError):
            await fire(Plan(CHAIN, [wrapper, step("b", inner)]), b"x", activity)
        told = [outcome for _, plugin, outcome in activity.trace.hooks if plugin != "b"]
        assert told == outcomes
        assert wrapper.statistics.sampled == 1


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
