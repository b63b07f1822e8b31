"""What plans carry for the evaluation of calls: how many, by whom, and where they wait to be judged."""

from __future__ import annotations

import functools
import random
from typing import TYPE_CHECKING, NamedTuple

from routeiq_plugin_sdk import EvaluationPolicy, Invocation, PluginRequest
from routeiq_plugin_sdk.types.tools import InvocationKind

from .dispatch import AnyPlan

if TYPE_CHECKING:
    from .evaluations import Evaluations
    from .logging import Activity
    from .plans import Plans
    from .telemetry import Trace


class Call(NamedTuple):
    """A call that is over and waits to be judged.

    Attributes:
        plans: Those that it ran by: held, so that no plugin of theirs is shut down before it has judged.
        request: Of the call, or None outside HTTP.
        trace: That of the call, for the spans of its evaluations.
    """

    invocation: Invocation
    policy: EvaluationPolicy
    plans: Plans
    request: PluginRequest | None = None
    trace: Trace | None = None


class Evaluator(NamedTuple):
    """A plugin that judges calls.

    Attributes:
        plan: Calls it alone, so that none waits for another.
    """

    name: str
    plan: AnyPlan


class Evaluation:
    """Has calls evaluated: `plans.evaluation`, which is None where nobody does.

    A host asks `samples` when a call begins, keeps its input only then, and hands it over at the end:

        evaluation = plans.evaluation
        sampled = evaluation is not None and evaluation.samples("tool")
        ...
        if sampled:
            evaluation.submit(Invocation("tool", call.id, server, tool, ...), activity, plans, trace)

    LLM calls and calls that pass through to servers and agents do so themselves (`calls.py`, `remote_calls.py`).

    Attributes:
        policy: How many, and within which limits.
        evaluators: Who judges, in plugin order.
    """

    __slots__ = ("_evaluations", "evaluators", "policy")

    def __init__(self, policy: EvaluationPolicy, evaluators: tuple[Evaluator, ...], evaluations: Evaluations) -> None:
        self.policy = policy
        self.evaluators = evaluators
        self._evaluations = evaluations

    def samples(self, kind: InvocationKind) -> bool:
        """Return whether a call that begins now is to be evaluated."""
        rate = self.policy.sample_rates.get(kind, 0.0)
        return rate >= 1 or (rate > 0 and random.random() < rate)

    def submit(self, invocation: Invocation, activity: Activity, plans: Plans, trace: Trace | None) -> None:
        """Have a call evaluated once its answer has left. Returns at once and never raises, in any thread.

        Args:
            activity: That of the call: with its answer under way, evaluators wait for the end of that.
            plans: Those that the call ran by, whose `evaluation` this is.
            trace: That of the call, while it was under way.
        """
        call = Call(invocation, self.policy, plans, activity.request, trace)
        activity.afterwards(functools.partial(self._evaluations.add, call, self.evaluators))
