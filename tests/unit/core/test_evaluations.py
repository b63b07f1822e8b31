"""Evaluators at work: whatever they do, limits hold, and nobody else notices."""

import asyncio
import logging
import threading

import pytest
from routeiq_plugin_sdk import (
    EvaluationPolicy,
    EvaluationResult,
    Invocation,
    PluginCapability,
    PluginMetadata,
    hookimpl,
)
from tests.fakes.tracer import NotingTracer

from routeiq.core.errors import PluginAborted
from routeiq.core.evaluation import Call
from routeiq.core.logging import Activity, current_activity
from routeiq.core.manager import PluginManager
from routeiq.core.settings import ManagerSettings

PASSED = EvaluationResult(0.5, "passed", "fine")


def judging(function, name="judge", **metadata):
    class Judge:
        evaluate = hookimpl(specname="evaluate")(function)

    Judge.metadata = PluginMetadata(name=name, version="1", capabilities={PluginCapability.EVALUATOR}, **metadata)
    return Judge()


def policy(**limits):
    class Policy:
        metadata = PluginMetadata(name="policy", version="1", capabilities={PluginCapability.EVALUATOR})

        @hookimpl
        def register_evaluation_policy(self):
            return EvaluationPolicy(**limits)

    return Policy()


class Managed:
    """A manager with evaluators, and the results that its event bus tells."""

    def __init__(self, *evaluators, tracer=None, **limits):
        self.manager = PluginManager(ManagerSettings())
        for plugin in (policy(**limits), *evaluators):
            self.manager.register(plugin)
        if tracer is not None:
            self.manager.add_tracer(tracer)
        self.told = []

    async def __aenter__(self):
        await self.manager.start()
        self.manager.events.subscribe("evaluation.completed", self.told.append)
        return self

    async def __aexit__(self, *_):
        await self.manager.stop()

    def submit(self, count=1, **invocation):
        plans = self.manager.plans
        for number in range(count):
            plans.evaluation.submit(Invocation.mock(id=f"c{number}", **invocation), Activity("r"), plans, None)

    def figures(self, name="judge"):
        return self.manager.evaluations.figures[name]

    async def until(self, condition):
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.001)


async def test_a_result_is_filled_in_told_and_counted():
    async def evaluate(self, invocation, context):
        assert current_activity.get().request_id == "r1"
        return PASSED

    tracer = NotingTracer()
    async with Managed(judging(evaluate), tracer=tracer) as managed:
        managed.submit(request_id="r1", error="broken", kind="agent", target="helper")
        await managed.until(lambda: managed.told)
        (event,) = managed.told
        assert event.request_id == "r1"
        duration = event.data["duration"]
        assert 0 <= duration < 10
        assert dict(event.data) == {
            "evaluator": "judge", "kind": "agent", "call_id": "c0", "target": "helper", "name": "SendMessage",
            "error": True, "call_duration": 0.01, "score": 0.5, "status": "passed", "feedback": "fine",
            "duration": duration, "metadata": {},
        }  # fmt: skip
        assert managed.figures().results == {"passed": 1}
        assert tracer.told == ["judge evaluated c0"]


async def test_each_evaluator_judges_by_itself_and_one_that_hangs_is_given_up():
    async def hangs(self, invocation):
        await asyncio.sleep(3600)

    async def evaluate(self, invocation):
        return PASSED

    evaluators = judging(hangs, "hanging", priority=1), judging(evaluate)
    async with Managed(*evaluators, timeout=0.05, concurrency=1) as managed:
        managed.submit(5)
        await managed.until(lambda: len(managed.told) == 5)
        assert [event.data["evaluator"] for event in managed.told] == ["judge"] * 5
        await managed.until(lambda: managed.figures("hanging").silent == 5)
        statistics = {one["plugin"]: one for one in managed.manager.statistics() if one["hook"] == "evaluate"}
        assert (statistics["hanging"]["timeouts"], statistics["judge"]["errors"]) == (5, 0)


@pytest.mark.parametrize("mode", ["continue", "abort", "quarantine"])
async def test_one_that_fails_is_contained_in_every_failure_mode(mode):
    def raises(self, invocation):
        raise ValueError("broken")

    async def exits(self, invocation):
        raise SystemExit(3)

    async def wrong(self, invocation):
        return 0.5

    async def inner(self, invocation):
        raise PluginAborted("other", "llm_pre_call", 500)

    async def cancels(self, invocation):
        raise asyncio.CancelledError

    names = {"raises": raises, "exits": exits, "wrong": wrong, "inner": inner, "cancels": cancels}
    evaluators = [judging(function, name, failure_mode=mode) for name, function in names.items()]
    async with Managed(*evaluators, judging(lambda self, invocation: PASSED)) as managed:
        managed.submit()
        await managed.until(lambda: all(managed.figures(name).silent for name in names) and managed.told)
        assert [event.data["evaluator"] for event in managed.told] == ["judge"]
        managed.submit()
        await managed.until(lambda: len(managed.told) == 2)


async def test_no_more_are_judged_at_once_and_no_more_wait_than_may(caplog):
    running, most, gate = 0, 0, asyncio.Event()

    async def evaluate(self, invocation):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await gate.wait()
        running -= 1
        return PASSED

    with caplog.at_level(logging.WARNING):
        async with Managed(judging(evaluate), concurrency=3, queue=4) as managed:
            managed.submit(20)
            await managed.until(lambda: running == 3)
            figures = managed.figures()
            assert (figures.running, figures.waiting, figures.dropped) == (3, 4, 13)
            gate.set()
            await managed.until(lambda: figures.results["passed"] == 7)
            await managed.until(lambda: figures.running == 0)
            assert (most, figures.waiting) == (3, 0)
    told = [record.getMessage() for record in caplog.records if "too slow" in record.getMessage()]
    assert len(told) == 1
    assert "evaluator judge is too slow: 1 calls were not evaluated" in told[0]


async def test_what_waits_is_bounded_in_bytes_too():
    gate = asyncio.Event()

    async def evaluate(self, invocation):
        await gate.wait()
        return PASSED

    async with Managed(judging(evaluate), concurrency=1, queue=100, queue_bytes=50_000) as managed:
        managed.submit(10, output={"text": "x" * 20_000})
        figures = managed.figures()
        assert (figures.running, figures.waiting, figures.dropped) == (1, 2, 7)
        gate.set()
        await managed.until(lambda: figures.results["passed"] == 3)
        gate.clear()
        managed.submit(10, output={"text": "x" * 20_000})
        assert (figures.waiting, figures.dropped) == (2, 14)
        gate.set()


async def test_a_def_that_blocks_does_not_hold_up_the_loop():
    released, threads = threading.Event(), []

    def evaluate(self, invocation):
        threads.append(threading.get_ident())
        released.wait(10)
        return PASSED

    async with Managed(judging(evaluate)) as managed:
        managed.submit()
        await managed.until(lambda: threads)
        assert threads[0] != threading.get_ident()
        released.set()
        await managed.until(lambda: managed.told)


async def test_calls_come_from_any_thread():
    async def evaluate(self, invocation):
        return PASSED

    async with Managed(judging(evaluate)) as managed:
        await asyncio.to_thread(managed.submit, 3)
        await managed.until(lambda: len(managed.told) == 3)


async def test_a_stop_ends_what_goes_on_and_drops_what_waits():
    begun, cancelled = [], []

    async def evaluate(self, invocation):
        begun.append(invocation)
        try:
            await asyncio.sleep(3600)
        finally:
            cancelled.append(invocation)

    managed = Managed(judging(evaluate), concurrency=1)
    async with managed:
        managed.submit(4)
        await managed.until(lambda: begun)
        await managed.manager.evaluations.close(0.01)
        assert cancelled == begun
        assert (managed.figures().dropped, managed.figures().waiting, managed.figures().running) == (3, 0, 0)
        managed.submit()
    assert len(begun) == 1


async def test_one_that_has_not_begun_when_the_host_stops_counts_no_more():
    async def evaluate(self, invocation):
        raise AssertionError("it was to be given up")

    managed = Managed(judging(evaluate))
    async with managed:
        managed.submit()
        assert managed.figures().running == 1
        await managed.manager.evaluations.close(0)
        assert managed.figures().running == 0
    plans = managed.manager.plans
    managed.manager.evaluations.add(Call(Invocation.mock(), EvaluationPolicy(), plans), ())
    assert managed.figures().running == 0


async def test_a_quarantined_evaluator_judges_no_more():
    calls = []

    async def evaluate(self, invocation):
        calls.append(invocation)
        raise ValueError("broken")

    async with Managed(judging(evaluate, failure_mode="quarantine")) as managed:
        plans = managed.manager.plans
        for _ in range(50):
            plans.evaluation.submit(Invocation.mock(), Activity("r"), plans, None)
            await asyncio.sleep(0.001)
        await managed.until(lambda: managed.figures().running == 0)
        assert 0 < len(calls) < 50
        assert managed.manager.records["judge"].state == "quarantined"


async def test_what_waits_keeps_its_plugin_from_being_shut_down():
    order, gate = [], asyncio.Event()

    class Judge:
        metadata = PluginMetadata(name="judge", version="1", capabilities={PluginCapability.EVALUATOR})

        @hookimpl
        async def evaluate(self, invocation):
            await gate.wait()
            order.append(invocation.id)
            return PASSED

        @hookimpl
        def shutdown(self):
            order.append("shutdown")

    async with Managed(Judge(), concurrency=1) as managed:
        managed.submit(2)
        leaving = asyncio.ensure_future(managed.manager.unregister("judge"))
        await asyncio.sleep(0.01)
        assert managed.manager.plans.evaluation is None
        gate.set()
        await leaving
        assert order == ["c0", "c1", "shutdown"]


async def test_a_call_can_be_judged_now_and_its_results_come_in_plugin_order():
    async def slow(self, invocation):
        await asyncio.sleep(0.01)
        return EvaluationResult(0, "failed", "x" * 5000)

    async def silent(self, invocation):
        return None

    async def evaluate(self, invocation):
        return PASSED

    evaluators = judging(slow, "slow", priority=1), judging(silent, "silent"), judging(evaluate)
    async with Managed(*evaluators) as managed:
        plans = managed.manager.plans
        call = Call(Invocation.mock(), plans.evaluation.policy, plans)
        results = await managed.manager.evaluations.judge(call, plans.evaluation.evaluators)
        assert [(one.evaluator, one.score, len(one.feedback)) for one in results] == [
            ("slow", 0, 2000),
            ("judge", 0.5, 4),
        ]
        assert results[0].duration_ms >= 10
