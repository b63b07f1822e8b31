"""The plans of all phases as one immutable value, and the planner that makes it from the active plugins.

A request takes the set that is in force when it begins and keeps it to its end. The order of a plan is the order of
pluggy's own calls: it is written back, so that `manager.hook` and the plans can't tell two stories.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import pluggy
from routeiq_plugin_sdk import StreamWindow

from .active import EVALUATE, ActivePlugin
from .alignment import align
from .call_order import CallOrder
from .conditions import Complaints
from .dispatch import AnyPlan, Plan
from .errors import ConfigurationError, Problem
from .evaluation import Evaluation, Evaluator
from .evaluations import Evaluations
from .instances import plugin_of
from .ordering import Node
from .phase_plans import PhasePlans
from .selections import Choice, Member, Selections
from .settings import MANAGER_SOURCE, ManagerSettings
from .steps import Phase, Step
from .strategies import Contribution
from .telemetry import Tracer

__all__ = ["Guard", "Planner", "Plans"]

WINDOWED: Final = "llm_stream_window"
EVERYONE: Final = Choice(0, 0, final=True)
"""The choice where nothing is narrowed."""
MOST_PLANS: Final = 16_384
"""Plans that are kept for the next set that has the same; more are made anew."""


class Guard(NamedTuple):
    """A plugin that judges streams, with windows of its own.

    Attributes:
        plan: Calls it alone.
    """

    window: StreamWindow
    plan: AnyPlan


class Plans(PhasePlans):
    """One attribute for each phase that hosts fire: a Plan, or None where no active plugin implements it.

    Attributes:
        routes: What `register_routes` returned, in plugin order.
        strategies: The routing strategies of plugins by name; None if there are none.
        authenticates: Whether a request without a Principal gets 401: an enforcing plugin implements `authenticate`,
            and be it in quarantine or failed, since a provider that is gone must not open the door.
        generation: Counts the sets that a manager has made.
        windows: The plugins that judge streams in windows, in the order of their calls.
        evaluation: Has calls that are over evaluated; None: nobody evaluates them, or no plugin says how many.
        maker: Who made the set: those of one manager have the same.
        tracer: What hosts tell of requests and calls; None: nobody wants to know.
        scopes: Chooses the plans of each request, where a plugin is narrowed to some; else None, and these are for
            all. Hosts choose when a request comes in, when it is known who makes it, and when it is routed.
        choice: What these were chosen by.
        identifies: Whether something comes before `request`: a rewrite, authentication, or another choice.
        edits: Whether the bodies of responses are read, or may come to be once the request is routed.
        observed: Whether someone wants to hear of the request's end, or may come to.
    """

    routes: tuple[Any, ...]
    strategies: Mapping[str, Contribution] | None
    authenticates: bool
    generation: int
    windows: tuple[Guard, ...]
    evaluation: Evaluation | None
    maker: Planner
    tracer: Tracer | None
    scopes: Selections | None
    choice: Choice
    identifies: bool
    edits: bool
    observed: bool

    def __init__(
        self,
        plans: Mapping[str, AnyPlan | None],
        routes: tuple[Any, ...],
        authenticates: bool,
        generation: int,
        maker: Planner,
        windows: tuple[Guard, ...] = (),
        scopes: Selections | None = None,
        choice: Choice = EVERYONE,
        strategies: Mapping[str, Contribution] | None = None,
        evaluation: Evaluation | None = None,
    ) -> None:
        rest = {
            "authenticates": authenticates, "generation": generation, "maker": maker, "windows": windows,
            "evaluation": evaluation,
        }  # fmt: skip
        self.__dict__["strategies"] = strategies or None
        self.__dict__.update(plans, routes=routes, tracer=maker.tracer, scopes=scopes, choice=choice, **rest)
        self.__dict__["_parts"] = {}
        # Asked for each request: one look instead of several.
        there = {name for name, plan in plans.items() if plan is not None}
        to_come = there if scopes is None else there | scopes.phases
        self.__dict__.update(
            identifies=authenticates or scopes is not None or not there.isdisjoint(("rewrite", "authenticate")),
            edits=not to_come.isdisjoint(("response_body", "response_chunk")),
            observed="response" in to_come or maker.tracer is not None,
        )

    def without(self, plugins: frozenset[str]) -> Plans:
        """Return these plans with all instances of some plugins left out, made at the first time it is asked.

        For calls that plugins make themselves: they do not come back to whoever makes them.
        """
        parts: dict[frozenset[str], Plans] = self.__dict__["_parts"]
        found = parts.get(plugins)
        if found is None:
            found = parts[plugins] = self.maker.part(self, plugins)
        return found

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Plans are immutable: the manager makes a new set to change {name}")


class Planner:
    """Makes plans, and reaches those in flight when a plugin is quarantined.

    Attributes:
        tracer: What the sets made from now on carry.
        evaluations: Where what their evaluators are to judge waits.
    """

    def __init__(
        self, phases: Mapping[str, Phase], settings: ManagerSettings, plugin_manager: pluggy.PluginManager
    ) -> None:
        self.phases = phases
        self.settings = settings
        self.tracer: Tracer | None = None
        self.evaluations = Evaluations()
        self._pluggy = plugin_manager
        self._live: weakref.WeakSet[AnyPlan] = weakref.WeakSet()
        self._sets: weakref.WeakSet[Plans] = weakref.WeakSet()
        self._selections: weakref.WeakSet[Selections] = weakref.WeakSet()
        self._plans: dict[tuple[str, tuple[Step, ...]], AnyPlan] = {}
        self._evaluators: dict[tuple[Step, float], AnyPlan] = {}
        self._complaints = Complaints()
        self._generation = 0

    def empty(self) -> Plans:
        """Return the set in which no plugin takes part."""
        for selections in self._selections:
            selections.supersede()
        return Plans({name: None for name, phase in self.phases.items() if not phase.native}, (), False, 0, self)

    def build(self, active: Sequence[ActivePlugin], providers: Sequence[ActivePlugin] = ()) -> Plans:
        """Return the plans of these plugins, given in their order. Phases that did not change keep their plan.

        Where some are narrowed by scopes, it has those that are not, and `scopes` chooses for each request.

        Args:
            providers: The plugins without whose word no request gets in, active or not.
        """
        self._generation += 1
        order, generation = CallOrder(self.settings), self._generation
        self._forget_plans_but_of(active)
        for selections in self._selections:
            selections.supersede()
        members = [Member.of(plugin) for plugin in active]
        if all(plugin.record.when is None for plugin in (*active, *providers)):
            made = self._make(None, members, bool(providers), order, generation, EVERYONE)
            self._sets.add(made)
            return made

        def make(selections: Selections, members: Sequence[Member], authenticates: bool, choice: Choice) -> Plans:
            return self._make(selections, members, authenticates, order, generation, choice)

        selections = Selections(generation, members, providers, make, self._complaints)
        self._selections.add(selections)
        always = [member for member in members if member.when is None]
        return make(selections, always, bool(providers), selections.outside())

    def _make(
        self,
        selections: Selections | None,
        members: Sequence[Member],
        authenticates: bool,
        order: CallOrder,
        generation: int,
        choice: Choice,
    ) -> Plans:
        plans = {
            name: self._plan(phase, tuple(member.steps[name] for member in order.plugins(phase, members)))
            for name, phase in self.phases.items()
            if not phase.native
        }
        routes = tuple(route for member in members for route in member.routes)
        windows = self._guards(order.plugins(self.phases[WINDOWED], members))
        # Of those with the same name the first one counts.
        strategies = {one.name: one for member in reversed(members) for one in member.strategies}
        evaluation = self._evaluation(members, order)
        return Plans(
            plans, routes, authenticates, generation, self, windows, selections, choice, strategies, evaluation
        )

    def _evaluation(self, members: Sequence[Member], order: CallOrder) -> Evaluation | None:
        """Return what has calls evaluated by these plugins, if one of them says how many."""
        policy = next((member.policy for member in members if member.policy is not None), None)
        if policy is None:
            return None
        evaluators = order.plugins(self.phases[EVALUATE], members)
        found = tuple(
            Evaluator(member.name, self._evaluator(member.steps[EVALUATE], policy.timeout)) for member in evaluators
        )
        return Evaluation(policy, found, self.evaluations) if found else None

    def _evaluator(self, step: Step, seconds: float) -> AnyPlan:
        """Return the plan that calls one evaluator alone, for at most so many seconds."""
        known = self._evaluators.get((step, seconds))
        if known is not None and known.steps:  # else the plugin was withdrawn from it
            return known
        limited = replace(step, timeout=seconds if step.timeout is None else min(step.timeout, seconds))
        plan: AnyPlan = Plan(self.phases[EVALUATE], (limited,))
        self._live.add(plan)
        self._evaluators[step, seconds] = plan
        return plan

    def part(self, plans: Plans, left_out: frozenset[str]) -> Plans:
        """Return a set of plans without some plugins; of its own kind in all else."""
        made: dict[str, AnyPlan | None] = {}
        for name, phase in self.phases.items():
            if phase.native:
                continue
            plan: AnyPlan | None = getattr(plans, name)
            steps = () if plan is None else tuple(step for step in plan.steps if plugin_of(step.plugin) not in left_out)
            whole = plan is None or len(steps) == len(plan.steps)
            made[name] = plan if whole else self._plan(phase, steps)
        windows = tuple(guard for guard in plans.windows if not left_out.issuperset(map(plugin_of, guard.plan.plugins)))
        strategies = plans.strategies or {}
        strategies = {name: one for name, one in strategies.items() if plugin_of(one.plugin) not in left_out}
        rest = plans.scopes, plans.choice, strategies
        part = Plans(made, plans.routes, plans.authenticates, plans.generation, self, windows, *rest)
        part.__dict__["tracer"] = plans.tracer  # which may be another one by now
        self._sets.add(part)
        return part

    def superseded(self) -> list[Plans | Selections]:
        """Return what lives as long as requests hold plans of a generation, for each but the newest one."""
        held: list[Plans | Selections] = [*self._sets, *self._selections]
        return [one for one in held if one.generation != self._generation]

    def check(self, active: Sequence[ActivePlugin], providers: Sequence[ActivePlugin]) -> None:
        """Raise ConfigurationError if what operators say of these plugins contradicts itself, or them.

        Args:
            active: In their order.
            providers: As `build` has them: also one that has failed must not open the door.
        """
        order = CallOrder(self.settings)
        for phase in self.phases.values():
            order.names(phase, active)
        problems = [problem for plugin in dict.fromkeys((*active, *providers)) for problem in _wrong_scopes(plugin)]
        if problems:
            raise ConfigurationError(problems)

    def _guards(self, members: Sequence[Member]) -> tuple[Guard, ...]:
        phase = self.phases[WINDOWED]
        guards = []
        for member in members:
            plan = self._plan(phase, (member.steps[WINDOWED],))
            if member.window is not None and plan is not None:
                guards.append(Guard(member.window, plan))
        return tuple(guards)

    def in_call_order(self, phase: Phase, active: Sequence[ActivePlugin]) -> list[ActivePlugin]:
        """Return the plugins that implement a phase as it calls them: wrappers outermost first, then the others."""
        return CallOrder(self.settings).plugins(phase, active)

    def nodes(self, phase: Phase, active: Sequence[ActivePlugin]) -> list[Node]:
        """Return the plugins' nodes as the operator's word on one phase makes them."""
        return CallOrder(self.settings).nodes(phase, active)

    def align_pluggy(self, active: Sequence[ActivePlugin]) -> None:
        """Register with pluggy exactly these plugins, in an order that makes its own calls agree with the plans."""
        registered = {plugin.name: plugin.hookimpls for plugin in active}
        order = {
            phase.name: [plugin.name for plugin in self.in_call_order(phase, active)] for phase in self.phases.values()
        }
        align(self._pluggy, registered, order)

    def withdraw(self, plugin: str) -> None:
        """Take a plugin out of every plan that a request still holds, or may still be given."""
        for selections in self._selections:
            selections.withdraw(plugin)
        for plan in list(self._live):
            if plugin in plan.plugins:
                plan.install([step for step in plan.steps if step.plugin != plugin])

    def _plan(self, phase: Phase, steps: tuple[Step, ...]) -> AnyPlan | None:
        if not steps:
            return None
        key = phase.name, steps
        known = self._plans.get(key)
        if known is not None and known.steps == steps:  # else a plugin was withdrawn from it
            return known
        plan: AnyPlan = Plan(phase, steps)
        self._live.add(plan)
        if len(self._plans) >= MOST_PLANS:
            del self._plans[next(iter(self._plans))]
        self._plans[key] = plan
        return plan

    def _forget_plans_but_of(self, active: Sequence[ActivePlugin]) -> None:
        """Let the plans go that have steps which no generation to come will have."""
        steps = {step for plugin in active for step in plugin.steps.values()}
        self._plans = {key: plan for key, plan in self._plans.items() if steps.issuperset(key[1])}
        self._evaluators = {key: plan for key, plan in self._evaluators.items() if key[0] in steps}


def _wrong_scopes(plugin: ActivePlugin) -> Iterator[Problem]:
    """Yield what is wrong with a plugin's scope: one that would keep it from ever authenticating anybody."""
    when = plugin.record.when
    if when is None or "authenticate" not in plugin.implementations:
        return
    for part in when.late_parts:
        message = (
            "the plugin implements `authenticate`, before which this is not known, so that it would never be asked:"
            " narrow it by path, header, or a condition over the request"
        )
        yield Problem(MANAGER_SOURCE, f"plugins.{plugin.name}.when.{part}", message)
