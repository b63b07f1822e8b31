"""What plans carry for evaluations: whose policy holds, which calls are sampled, and when they are handed over."""

import pytest
from routeiq_plugin_sdk import (
    EvaluationPolicy,
    EvaluationResult,
    Invocation,
    PluginCapability,
    PluginMetadata,
    hookimpl,
)

from routeiq.core.evaluation import Evaluation
from routeiq.core.logging import Activity
from routeiq.core.manager import PluginManager
from routeiq.core.settings import ManagerSettings, PluginOverride

EVERYTHING = EvaluationPolicy()


def policy(made, name="policy", **metadata):
    class Policy:
        @hookimpl
        def register_evaluation_policy(self):
            return made

    Policy.metadata = PluginMetadata(name=name, version="1", capabilities={PluginCapability.EVALUATOR}, **metadata)
    return Policy


def evaluator(name="judge", **metadata):
    class Judge:
        def __init__(self):
            self.seen = []

        @hookimpl
        async def evaluate(self, invocation):
            self.seen.append(invocation)
            return EvaluationResult(1, "passed")

    Judge.metadata = PluginMetadata(name=name, version="1", capabilities={PluginCapability.EVALUATOR}, **metadata)
    return Judge


def managed(*plugins, **settings):
    manager = PluginManager(ManagerSettings(**settings))
    for plugin in plugins:
        manager.register(plugin)
    return manager


@pytest.mark.parametrize("plugins", [(), (evaluator(),), (policy(EVERYTHING),), (policy(None), evaluator())])
async def test_without_a_policy_or_without_evaluators_nothing_is_evaluated(plugins):
    async with managed(*plugins) as manager:
        assert manager.plans.evaluation is None


async def test_the_policy_that_comes_first_holds():
    late, early = EvaluationPolicy(queue=1), EvaluationPolicy(queue=2)
    plugins = (
        policy(late, "a", priority=20),
        policy(early, "b", priority=10),
        policy(None, "c", priority=1),
        evaluator(),
    )
    async with managed(*plugins) as manager:
        assert manager.plans.evaluation.policy is early
        assert [one.name for one in manager.plans.evaluation.evaluators] == ["judge"]


async def test_the_policy_of_a_plugin_in_audit_mode_does_not_hold():
    async with managed(policy(EVERYTHING), evaluator(), plugins={"policy": PluginOverride(mode="audit")}) as manager:
        assert manager.plans.evaluation is None


async def test_plans_of_one_evaluator_are_made_once():
    async with managed(policy(EVERYTHING), evaluator()) as manager:
        before = manager.plans.evaluation
        manager.rebuild()
        assert manager.plans.evaluation is not before
        assert manager.plans.evaluation.evaluators[0].plan is before.evaluators[0].plan


async def test_a_policy_that_is_none_is_a_failed_start():
    async with managed(policy(7), evaluator()) as manager:
        assert "must return an EvaluationPolicy or None, not int" in manager.records["policy"].reason


def test_rates_decide_what_is_sampled():
    def samples(rate):
        evaluation = Evaluation(EvaluationPolicy({"tool": rate}), (), None)
        return [evaluation.samples("tool") for _ in range(2000)]

    assert not any(samples(0))
    assert all(samples(1))
    assert 800 < sum(samples(0.5)) < 1200
    assert not Evaluation(EvaluationPolicy({"tool": 1}), (), None).samples("agent")


class Kept:
    """Stands for the manager's evaluations."""

    def __init__(self):
        self.calls = []

    def add(self, call, evaluators):
        self.calls.append((call, evaluators))


def test_a_call_waits_for_its_answer_to_leave():
    kept, invocation = Kept(), Invocation.mock()
    evaluation = Evaluation(EVERYTHING, (), kept)
    exchange, inner = Activity("r"), Activity("r")
    exchange.answering, inner.outer = True, exchange
    evaluation.submit(invocation, exchange, "plans", "the trace")
    evaluation.submit(invocation, inner, "plans", None)
    assert kept.calls == []
    exchange.answered()
    assert [call.trace for call, _ in kept.calls] == ["the trace", None]
    evaluation.submit(invocation, exchange, "plans", None)
    assert len(kept.calls) == 3
    assert kept.calls[0][0].plans == "plans"
    exchange.answered()
    assert len(kept.calls) == 3
