"""Compiled plans: what each kind does with results, failures and counts."""

import asyncio
import gc

import pytest
from routeiq_plugin_sdk import FailureMode, Reject
from tests.fakes.tracer import Noted

from routeiq.core.deadline import DeadlineExceeded
from routeiq.core.dispatch import Plan, fire
from routeiq.core.errors import WrongResultType
from routeiq.core.faults import FaultHandler
from routeiq.core.logging import Activity
from routeiq.core.statistics import SAMPLE, PhaseStatistics
from routeiq.core.steps import Phase, Step


def phase(kind, arguments=("value",), *, carries=(), returns=(), ends=(), apply=None):
    return Phase(
        "sample",
        kind,
        "http",
        arguments,
        False,
        carries,
        apply,
        returns,
        ends,
        True,
        False,
        False,
        False,
        None,
        frozenset(),
    )


FIRST = phase("first", returns=(bytes,))
CHAIN = phase("chain", carries=("value",), returns=(bytes, str), ends=(str,))
OBSERVE = phase("observe")
COLLECT = phase("collect", returns=(bytes,))


class Failures(list):
    def handler(self, plugin):
        def fail(exception):
            self.append((plugin, exception))

        return fail


def step(name, function, failures=None, *, arguments=("value",), timeout=None, streak=None, audited=False):
    failures = Failures() if failures is None else failures
    return Step(
        name, function, arguments, asyncio.iscoroutinefunction(function), f"context of {name}",
        failures.handler(name), PhaseStatistics(name, "sample"), timeout=timeout, streak=streak,
        is_audited=audited,
    )  # fmt: skip


def activity():
    return Activity("r")


def traced():
    seen = activity()
    seen.trace = Noted()
    return seen, seen.trace


def returning(result, *, is_async):
    if is_async:

        async def hook(value):
            return result

        return hook
    return lambda value: result


@pytest.mark.parametrize("is_async", [False, True])
class TestKinds:
    async def test_first_ends_at_the_first_result_and_names_its_plugin(self, is_async):
        called = []

        def never(value):
            called.append(value)

        seen = activity()
        plan = Plan(
            FIRST,
            [
                step("a", returning(None, is_async=is_async)),
                step("b", returning(b"x", is_async=is_async)),
                step("c", never),
            ],
        )
        assert await fire(plan, 1, seen) == b"x"
        assert (called, seen.plugin) == ([], "b")

    async def test_first_without_a_result_is_none(self, is_async):
        assert await fire(Plan(FIRST, [step("a", returning(None, is_async=is_async))]), 1, activity()) is None

    async def test_chain_hands_each_result_on_and_none_keeps_it(self, is_async):
        def add(letter):
            if is_async:

                async def hook(value):
                    return value + letter

                return hook
            return lambda value: value + letter

        plan = Plan(CHAIN, [step("a", add(b"1")), step("b", returning(None, is_async=is_async)), step("c", add(b"2"))])
        assert await fire(plan, b"0", activity()) == b"012"

    async def test_chain_ends_at_a_result_that_ends_it(self, is_async):
        seen = activity()
        plan = Plan(
            CHAIN, [step("a", returning("stop", is_async=is_async)), step("b", returning(b"late", is_async=is_async))]
        )
        assert await fire(plan, b"0", seen) == "stop"
        assert seen.plugin == "a"

    async def test_observe_ignores_results(self, is_async):
        assert await fire(Plan(OBSERVE, [step("a", returning(7, is_async=is_async))]), 1, activity()) is None

    async def test_collect_keeps_all_results_but_none(self, is_async):
        hooks = [returning(result, is_async=is_async) for result in (b"1", None, 7, b"2")]
        failures = Failures()
        plan = Plan(COLLECT, [step(str(number), hook, failures) for number, hook in enumerate(hooks)])
        assert await fire(plan, 1, activity()) == [b"1", b"2"]
        assert await fire(plan, 1, activity()) == [b"1", b"2"]
        assert [name for name, _ in failures] == ["2", "2"]
        plan.install([])
        assert not await fire(plan, 1, activity())

    async def test_a_failure_counts_as_none_and_the_rest_still_runs(self, is_async):
        failures = Failures()
        if is_async:

            async def broken(value):
                raise ValueError("boom")
        else:

            def broken(value):
                raise ValueError("boom")

        plan = Plan(CHAIN, [step("bad", broken, failures), step("good", returning(b"fine", is_async=is_async))])
        assert await fire(plan, b"0", activity()) == b"fine"
        assert [(name, str(error)) for name, error in failures] == [("bad", "boom")]

    async def test_a_wrong_type_is_a_failure_that_names_what_would_be_right(self, is_async):
        failures = Failures()
        plan = Plan(CHAIN, [step("bad", returning(7, is_async=is_async), failures)])
        assert await fire(plan, b"0", activity()) == b"0"
        assert isinstance(failures[0][1], WrongResultType)
        assert str(failures[0][1]) == "sample() must return bytes or str or None, not int"

    async def test_a_subclass_of_the_right_type_is_right(self, is_async):
        class Special(bytes):
            pass

        assert await fire(Plan(FIRST, [step("a", returning(Special(b"s"), is_async=is_async))]), 1, activity()) == b"s"

    async def test_a_plugin_that_exits_is_contained(self, is_async):
        failures = Failures()

        def leaves(value):
            raise SystemExit(3)

        await fire(
            Plan(FIRST, [step("bad", leaves, failures), step("b", returning(None, is_async=is_async))]), 1, activity()
        )
        assert isinstance(failures[0][1], SystemExit)


async def test_arguments_are_passed_by_the_names_that_the_hook_takes():
    both = phase("observe", ("first", "second"))
    seen = []
    plan = Plan(
        both,
        [
            step("a", lambda context, second: seen.append((context, second)), arguments=("context", "second")),
            step("b", lambda: seen.append("nothing"), arguments=()),
        ],
    )
    plan.call(1, 2, activity())
    assert seen == [("context of a", 2), "nothing"]


async def test_a_chain_of_several_values_applies_results_and_returns_all():
    def merge(left, right, result):
        if "bad" in result:
            raise ValueError("no such field")
        return result.get("left", left), result.get("right", right)

    many = phase("chain", ("left", "right"), carries=("left", "right"), returns=(dict, str), ends=(str,), apply=merge)
    failures = Failures()
    arguments = ("left", "right")
    plan = Plan(
        many,
        [
            step("a", lambda left, right: {"left": left + 1}, arguments=arguments),
            step("bad", lambda left, right: {"bad": 1}, failures, arguments=arguments),
            step("b", lambda left, right: {"right": (left, right)}, arguments=arguments),
        ],
    )
    assert plan.call(1, 2, activity()) == (2, (2, 2))
    assert [name for name, _ in failures] == ["bad"]
    ending = Plan(many, [step("a", lambda left, right: "over", arguments=arguments)])
    assert ending.call(1, 2, activity()) == "over"


async def test_an_async_function_behind_a_sync_decorator_is_awaited_or_refused():
    async def hidden(value):
        return b"found"

    def decorated(value):
        return hidden(value)

    async def other(value):
        return None

    assert await fire(Plan(FIRST, [step("a", decorated), step("b", other)]), 1, activity()) == b"found"
    failures = Failures()
    assert Plan(FIRST, [step("a", decorated, failures)]).call(1, activity()) is None
    assert "async def" in str(failures[0][1])
    failures = Failures()
    assert Plan(OBSERVE, [step("a", decorated, failures)]).call(1, activity()) is None
    assert "async def" in str(failures[0][1])


async def test_a_deadline_is_a_failure():
    async def hangs(value):
        await asyncio.sleep(10)

    failures = Failures()
    assert await fire(Plan(FIRST, [step("slow", hangs, failures, timeout=0.01)]), 1, activity()) is None
    assert isinstance(failures[0][1], DeadlineExceeded)


async def test_a_cancellation_of_the_plugins_own_is_a_failure_and_the_requests_passes():
    async def cancels(value):
        raise asyncio.CancelledError("mine")

    failures = Failures()
    assert await fire(Plan(FIRST, [step("bad", cancels, failures)]), 1, activity()) is None
    assert isinstance(failures[0][1], asyncio.CancelledError)

    async def waits(value):
        await asyncio.sleep(10)

    waiting = step("a", waits)
    waiting.fail = FaultHandler("a", FIRST, FailureMode.CONTINUE, waiting.statistics)
    plan = Plan(FIRST, [waiting])
    task = asyncio.create_task(plan.call(1, activity()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert waiting.statistics.errors == 0


async def test_calls_are_counted_exactly_also_for_plugins_behind_one_that_ends():
    first = step("a", lambda value: b"x" if value % 3 == 0 else None)
    second = step("b", lambda value: None)
    plan = Plan(FIRST, [first, second])
    for value in range(300):
        plan.call(value, activity())
    assert (first.statistics.calls, second.statistics.calls) == (300, 200)
    assert first.statistics.sampled == 300 // SAMPLE
    del plan
    gc.collect()
    assert (first.statistics.calls, second.statistics.calls) == (300, 200)


async def test_a_success_clears_the_streak_whatever_its_result():
    for result in (None, b"x"):
        streak = [3]
        Plan(FIRST, [step("a", returning(result, is_async=False), streak=streak)]).call(1, activity())
        assert streak == [0]
    streak = [3]
    Plan(FIRST, [step("a", returning(7, is_async=False), streak=streak)]).call(1, activity())
    assert streak == [3]


async def test_installing_other_steps_reaches_whoever_holds_the_plan():
    async def hook(value):
        return b"a"

    plan = Plan(FIRST, [step("a", hook)])
    plan.install([])
    assert plan.is_async
    assert await plan.call(1, activity()) is None
    assert plan.plugins == ()


async def test_firing_no_plan_is_none():
    assert await fire(None, 1, activity()) is None


def raising(exception, *, is_async):
    def hook(value):
        raise exception

    async def async_hook(value):
        raise exception

    return async_hook if is_async else hook


@pytest.mark.parametrize("is_async", [False, True])
class TestTraces:
    async def test_a_trace_is_told_what_each_hook_did_and_how_long(self, is_async):
        seen, trace = traced()
        failure, failures = ValueError("no"), Failures()
        plan = Plan(
            CHAIN,
            [
                step("a", returning(None, is_async=is_async)),
                step("b", returning(b"x", is_async=is_async)),
                step("c", raising(failure, is_async=is_async), failures),
                step("d", returning(7, is_async=is_async), failures),
                step("e", returning("over", is_async=is_async)),
                step("f", returning(None, is_async=is_async)),
            ],
        )
        assert await fire(plan, b"0", seen) == "over"
        told = [(plugin, outcome) for _, plugin, outcome in trace.hooks]
        assert told == [("a", "passed"), ("b", "changed"), ("c", "failed"), ("d", "failed"), ("e", "ended")]
        assert trace.details == [None, None, failure, None, None]
        flat = [moment for times in trace.times for moment in times]
        assert flat == sorted(flat)
        assert [plugin for plugin, _ in failures] == ["c", "d"]

    async def test_each_traced_call_is_measured(self, is_async):
        seen, _ = traced()
        steps = [step("a", returning(None, is_async=is_async)), step("b", raising(KeyError(), is_async=is_async))]
        plan = Plan(OBSERVE, steps)
        for _ in range(3):
            await fire(plan, 1, seen)
        assert [one.statistics.sampled for one in steps] == [3, 3]

    async def test_what_ends_the_phase_is_told_before_it_does(self, is_async):
        statistics = PhaseStatistics("a", "sample")
        for mode, exception, outcome in (
            (FailureMode.CONTINUE, Reject(403, "no"), "rejected"),
            (FailureMode.ABORT, ValueError("no"), "failed"),
        ):
            seen, trace = traced()
            one = step("a", raising(exception, is_async=is_async))
            one.fail = FaultHandler("a", FIRST, mode, statistics)
            with pytest.raises(Exception, match="no|a"):
                await fire(Plan(FIRST, [one]), 1, seen)
            assert (trace.hooks, trace.details) == ([("sample", "a", outcome)], [exception])

    async def test_what_audit_mode_did_not_apply_is_told_and_not_applied(self, is_async):
        seen, trace = traced()
        steps = [
            step("a", returning("return bytes", is_async=is_async), audited=True),
            step("b", returning(None, is_async=is_async), audited=True),
        ]
        for current in (activity(), seen):
            assert await fire(Plan(CHAIN, steps), b"0", current) == b"0"
        assert trace.hooks == [("sample", "a", "audited"), ("sample", "b", "passed")]
        assert trace.details == ["return bytes", None]

    async def test_what_an_observer_returns_is_nothing(self, is_async):
        seen, trace = traced()
        await fire(Plan(OBSERVE, [step("a", returning(7, is_async=is_async))]), 1, seen)
        assert trace.hooks == [("sample", "a", "passed")]


async def test_a_cancelled_hook_is_told_as_such():
    seen, trace = traced()
    started = asyncio.Event()

    async def waits(value):
        started.set()
        await asyncio.Event().wait()

    one = step("a", waits)
    one.fail = FaultHandler("a", FIRST, FailureMode.CONTINUE, one.statistics)
    task = asyncio.create_task(Plan(FIRST, [one]).call(1, seen))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert trace.hooks == [("sample", "a", "cancelled")]
