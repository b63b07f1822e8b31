"""The plans of all phases as one immutable value, and the planner that makes it from the active plugins.

A request takes the set that is in force when it begins and keeps it to its end. The order of a plan is the order of
pluggy's own calls: it is written back, so that `manager.hook` and the plans can't tell two stories.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pluggy
from routeiq_plugin_sdk import StreamWindow

from .active import ActivePlugin
from .alignment import align
from .dispatch import AnyPlan, Plan
from .errors import ConfigurationError, Problem
from .instances import by_plugin
from .ordering import CycleError, HookOrder, Node, order_for_hook, overridden
from .phase_plans import PhasePlans
from .settings import ManagerSettings
from .steps import Phase, Step
from .telemetry import Tracer

__all__ = ["Guard", "Planner", "Plans"]

WINDOWED: Final = "llm_stream_window"


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
        authenticates: Whether a request without a Principal gets 401: an enforcing plugin implements `authenticate`,
            and be it in quarantine or failed, since a provider that is gone must not open the door.
        generation: Counts the sets that a manager has made.
        windows: The plugins that judge streams in windows, in the order of their calls.
        maker: Who made the set: those of one manager have the same.
        tracer: What hosts tell of requests and calls; None: nobody wants to know.
    """

    routes: tuple[Any, ...]
    authenticates: bool
    generation: int
    windows: tuple[Guard, ...]
    maker: Planner
    tracer: Tracer | None

    def __init__(
        self,
        plans: Mapping[str, AnyPlan | None],
        routes: tuple[Any, ...],
        authenticates: bool,
        generation: int,
        maker: Planner,
        windows: tuple[Guard, ...] = (),
    ) -> None:
        rest = {"authenticates": authenticates, "generation": generation, "maker": maker, "windows": windows}
        self.__dict__.update(plans, routes=routes, tracer=maker.tracer, **rest)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Plans are immutable: the manager makes a new set to change {name}")


class Planner:
    """Makes plans, and reaches those in flight when a plugin is quarantined.

    Attributes:
        tracer: What the sets made from now on carry.
    """

    def __init__(
        self, phases: Mapping[str, Phase], settings: ManagerSettings, plugin_manager: pluggy.PluginManager
    ) -> None:
        self.phases = phases
        self.settings = settings
        self.tracer: Tracer | None = None
        self._pluggy = plugin_manager
        self._live: weakref.WeakSet[AnyPlan] = weakref.WeakSet()
        self._sets: weakref.WeakSet[Plans] = weakref.WeakSet()
        self._cache: dict[str, tuple[tuple[Step, ...], AnyPlan]] = {}
        self._generation = 0

    def empty(self) -> Plans:
        """Return the set in which no plugin takes part."""
        return Plans({name: None for name, phase in self.phases.items() if not phase.native}, (), False, 0, self)

    def build(self, active: Sequence[ActivePlugin], authenticates: bool) -> Plans:
        """Return the plans of these plugins, given in their order. Phases that did not change keep their plan."""
        plans: dict[str, AnyPlan | None] = {}
        for name, phase in self.phases.items():
            if phase.native:
                continue
            steps = tuple(plugin.steps[name] for plugin in self.in_call_order(phase, active))
            plans[name] = self._plan(phase, steps)
        self._generation += 1
        made = Plans(
            plans,
            tuple(route for plugin in active for route in plugin.routes),
            authenticates,
            self._generation,
            self,
            self._guards(active),
        )
        self._sets.add(made)
        return made

    def superseded(self) -> list[Plans]:
        """Return the sets that requests still hold, the newest one apart."""
        return [plans for plans in self._sets if plans.generation != self._generation]

    def check(self, active: Sequence[ActivePlugin]) -> None:
        """Raise ConfigurationError if what operators say of single hooks contradicts itself."""
        for phase in self.phases.values():
            self._order(phase, active)

    def _guards(self, active: Sequence[ActivePlugin]) -> tuple[Guard, ...]:
        phase = self.phases[WINDOWED]
        guards = []
        for plugin in self.in_call_order(phase, active):
            window = plugin.inspected.metadata.stream_window
            plan = self._plan(phase, (plugin.steps[WINDOWED],), f"{WINDOWED} {plugin.name}")
            if window is not None and plan is not None:
                guards.append(Guard(window, plan))
        return tuple(guards)

    def in_call_order(self, phase: Phase, active: Sequence[ActivePlugin]) -> list[ActivePlugin]:
        """Return the plugins that implement a phase as it calls them: wrappers outermost first, then the others.

        pluggy's bands come first; within a band the plugins' order, reversed for outbound phases. Wrappers of an
        outbound phase nest as those of an inbound one do: the first plugin is the outermost.
        """
        order = self._order(phase, active)
        rank = {name: position for position, name in enumerate(order)}
        implementing = [plugin for plugin in active if phase.name in plugin.implementations]
        sign = -1 if phase.outbound else 1

        def key(plugin: ActivePlugin) -> tuple[bool, int, int]:
            implementation = plugin.implementations[phase.name]
            wrapper = implementation.is_wrapper
            return not wrapper, implementation.band, rank[plugin.name] * (1 if wrapper else sign)

        return sorted(implementing, key=key)

    def nodes(self, phase: Phase, active: Sequence[ActivePlugin]) -> list[Node]:
        """Return the plugins' nodes as the operator's word on one phase makes them."""
        overrides = self._overrides(phase, active)
        return [overridden(plugin.node, overrides.get(plugin.name)) for plugin in active]

    def _overrides(self, phase: Phase, active: Sequence[ActivePlugin]) -> dict[str, HookOrder]:
        found = {
            plugin.name: override
            for plugin in active
            if (override := self.settings.hook_order(plugin.name, phase.name)) is not None
        }
        instances = by_plugin(plugin.name for plugin in active) if found else {}
        return {name: order.expanded(instances, name) for name, order in found.items()}

    def _order(self, phase: Phase, active: Sequence[ActivePlugin]) -> Sequence[str]:
        order = [plugin.name for plugin in active]
        overrides = self._overrides(phase, active)
        if not overrides:
            return order
        nodes: dict[str, Node] = {plugin.name: plugin.node for plugin in active}
        try:
            return order_for_hook(order, nodes, overrides)
        except CycleError as error:
            raise ConfigurationError([Problem("settings", f"plugins.*.hooks.{phase.name}", str(error))]) from error

    def align_pluggy(self, active: Sequence[ActivePlugin]) -> None:
        """Register with pluggy exactly these plugins, in an order that makes its own calls agree with the plans."""
        registered = {plugin.name: plugin.hookimpls for plugin in active}
        order = {
            phase.name: [plugin.name for plugin in self.in_call_order(phase, active)] for phase in self.phases.values()
        }
        align(self._pluggy, registered, order)

    def withdraw(self, plugin: str) -> None:
        """Take a plugin out of every plan that a request still holds."""
        for plan in list(self._live):
            if plugin in plan.plugins:
                plan.install([step for step in plan.steps if step.plugin != plugin])

    def _plan(self, phase: Phase, steps: tuple[Step, ...], key: str | None = None) -> AnyPlan | None:
        key = key or phase.name
        if not steps:
            self._cache.pop(key, None)
            return None
        cached = self._cache.get(key)
        if cached is not None and cached[0] == steps and cached[1].steps == steps:
            return cached[1]
        plan: AnyPlan = Plan(phase, steps)
        self._live.add(plan)
        self._cache[key] = steps, plan
        return plan


def inverted_dependencies(plugins: Iterable[ActivePlugin]) -> Mapping[str, str]:
    """Return the plugins that tryfirst or trylast puts on the wrong side of a dependency, with the reason."""
    by_name = {plugin.name: plugin for plugin in plugins}
    reasons: dict[str, str] = {}
    for plugin in by_name.values():
        for dependency in sorted(plugin.node.depends_on & by_name.keys()):
            other = by_name[dependency]
            for name in plugin.implementations.keys() & other.implementations.keys():
                mine, theirs = plugin.implementations[name], other.implementations[name]
                if mine.is_wrapper or theirs.is_wrapper:
                    continue
                inverted = mine.band > theirs.band if mine.phase.outbound else mine.band < theirs.band
                if inverted:
                    reasons[plugin.name] = (
                        f"its {name} would run on the wrong side of {dependency!r}, which it depends on, because of"
                        " tryfirst or trylast: remove the mark, or the dependency"
                    )
    return reasons
