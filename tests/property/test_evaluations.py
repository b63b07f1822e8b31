"""Laws of evaluations: whatever comes and whenever, limits hold and every call is accounted for."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from routeiq_plugin_sdk import (
    EvaluationPolicy,
    EvaluationResult,
    Invocation,
    PluginCapability,
    PluginMetadata,
    hookimpl,
)

from routeiq.core.logging import Activity
from routeiq.core.manager import PluginManager
from routeiq.core.settings import ManagerSettings

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.integers(1, 8)),
        st.tuples(st.just("finish"), st.integers(1, 8)),
        st.tuples(st.just("limit"), st.tuples(st.integers(1, 4), st.integers(0, 5))),
    ),
    max_size=15,
)


class Judge:
    """Ends its calls when it is told to, each by a result, by none, or by a failure."""

    metadata = PluginMetadata(name="judge", version="1", capabilities={PluginCapability.EVALUATOR})

    def __init__(self) -> None:
        self.policy = EvaluationPolicy(concurrency=2, queue=3)
        self.under_way: list[asyncio.Event] = []
        self.seen: list[str] = []

    @hookimpl
    def register_evaluation_policy(self) -> EvaluationPolicy:
        return self.policy

    @hookimpl
    async def evaluate(self, invocation: Invocation) -> EvaluationResult | None:
        self.seen.append(invocation.id)
        gate = asyncio.Event()
        self.under_way.append(gate)
        await gate.wait()
        number = int(invocation.id)
        if number % 3 == 0:
            raise ValueError("broken")
        return None if number % 3 == 1 else EvaluationResult(1, "passed")


async def play(steps: list[tuple[str, Any]]) -> None:
    judge, manager = Judge(), PluginManager(ManagerSettings())
    manager.register(judge)
    async with manager:
        submitted, highest = 0, 2
        for step, value in steps:
            plans = manager.plans
            assert plans.evaluation is not None
            if step == "submit":
                for _ in range(value):
                    plans.evaluation.submit(Invocation.mock(id=str(submitted)), Activity("r"), plans, None)
                    submitted += 1
            elif step == "finish":
                for gate in judge.under_way[:value]:
                    gate.set()
                del judge.under_way[:value]
            else:
                judge.policy = EvaluationPolicy(concurrency=value[0], queue=value[1])
                plugin = manager.plugin("judge")
                plugin.policy = judge.policy
                manager.rebuild()
                highest = max(highest, value[0])
            for _ in range(12):
                await asyncio.sleep(0)
            figures = manager.evaluations.figures.get("judge")
            if figures is None:
                continue
            assert figures.running == len(judge.under_way) <= highest
            assert not figures.waiting or figures.running
            ended = figures.silent + figures.results.total()
            assert submitted == ended + figures.running + figures.waiting + figures.dropped
        while judge.under_way:
            for gate in judge.under_way:
                gate.set()
            judge.under_way.clear()
            for _ in range(12):
                await asyncio.sleep(0)
        assert len(judge.seen) == len(set(judge.seen)), "none is judged twice"
        assert judge.seen == sorted(judge.seen, key=int), "they are judged in the order in which they came"
        if figures := manager.evaluations.figures.get("judge"):
            assert (figures.running, figures.waiting) == (0, 0)
            assert len(judge.seen) + figures.dropped == submitted


@given(STEPS)
@settings(max_examples=40)
def test_every_call_is_judged_once_in_its_turn_or_counted_as_dropped(steps: list[tuple[str, Any]]) -> None:
    asyncio.run(play(steps))
