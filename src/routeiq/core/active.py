"""A plugin inside a manager: its record, its hooks, and once it is started its context and the steps of its plans."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from routeiq_plugin_sdk import Adaptation, EvaluationPolicy, FailureMode, RoutingStrategy, StrategyFactory

from .alignment import Hookimpls
from .faults import Circuit, CircuitState, FaultHandler, audited
from .instances import expanded
from .lifetime import Lifetime
from .ordering import Node
from .records import PluginMode, PluginRecord
from .registration import Implementation, Inspected
from .settings import ManagerSettings
from .statistics import PhaseStatistics
from .steps import Step
from .strategies import HOOK as STRATEGIES
from .strategies import Contribution
from .threads import Bulkhead

EVALUATE: Final = "evaluate"


class ActivePlugin:
    """One registered plugin, or one named instance of it.

    Attributes:
        record: What people and programs are shown.
        inspected: The plugin and its implementations.
        hookimpls: What stands for it in pluggy.
        node: Its place in the order; where it names a plugin, all instances of that.
        context: What its hooks get; None until it is started.
        adaptation: What its configuration makes of it.
        lifetime: What it has going on besides its hooks, since its latest start; None before the first.
        routes: What `register_routes` returned.
        factories: What `register_routing_strategies` returned.
        strategies: What those made, by the strategy's name and the model's.
        policy: What `register_evaluation_policy` returned, last.
        started: Whether its `startup` was called and succeeded.
        circuit: Its breaker where the failure mode is `quarantine`, else None.
        statistics: Its figures by phase; they outlive a restart.
        steps: What plans call, by phase.
        resolved_out: Whether the record's state comes from the order alone, so that it may change with the next plugin.
    """

    def __init__(self, record: PluginRecord, inspected: Inspected) -> None:
        self.record = record
        self.inspected = inspected
        self.hookimpls = Hookimpls(inspected)
        self.place({})
        self.context: Any = None
        self.adaptation = Adaptation()
        self.lifetime: Lifetime | None = None
        self.routes: tuple[Any, ...] = ()
        self.factories: Mapping[str, StrategyFactory] = {}
        self.strategies: dict[tuple[str, str], RoutingStrategy] = {}
        self.policy: EvaluationPolicy | None = None
        self.started = False
        self.resolved_out = False
        self.circuit: Circuit | None = None
        self.statistics: dict[str, PhaseStatistics] = {
            name: PhaseStatistics(record.name, name) for name in inspected.implementations
        }
        self.steps: Mapping[str, Step] = {}
        self._bulkhead: Bulkhead | None = None

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.record.name

    @property
    def implementations(self) -> Mapping[str, Implementation]:
        """Its hooks by phase."""
        return self.inspected.implementations

    @property
    def audited(self) -> bool:
        """Whether its decisions are recorded and not applied."""
        return self.record.mode is PluginMode.AUDIT

    def place(self, instances: Mapping[str, Collection[str]]) -> None:
        """Take its place in the order from the record.

        Args:
            instances: The names that those of plugins stand for.
        """
        record = self.record
        edges = (expanded(names, instances, record.name) for names in (record.depends_on, record.before, record.after))
        self.node = Node(record.name, record.priority, *edges)

    @property
    def bulkhead(self) -> Bulkhead:
        """The threads of its blocking hooks."""
        if self._bulkhead is None:
            self._bulkhead = Bulkhead(self.name)
        return self._bulkhead

    def close(self) -> None:
        """Let its threads go."""
        if self._bulkhead is not None:
            self._bulkhead.close()
            self._bulkhead = None

    def make_steps(self, settings: ManagerSettings) -> None:
        """Make the steps that plans call, anew after the context or the circuit's state has changed."""
        self.steps = {
            name: self._step(implementation, settings)
            for name, implementation in self.implementations.items()
            if not implementation.phase.native
        }

    def _step(self, implementation: Implementation, settings: ManagerSettings) -> Step:
        phase, function = implementation.phase, implementation.function
        statistics = self.statistics[phase.name]
        # What an evaluator does must not hold up the loop, which it cannot know.
        offloaded = bool(implementation.options.get("offload")) or (
            phase.name == EVALUATE and not implementation.is_async
        )
        plain = not implementation.is_wrapper
        if self.audited and plain:
            function = audited(function, implementation.is_async, phase, self.name, statistics)
        trial = self.circuit is not None and self.circuit.state is CircuitState.HALF_OPEN
        if trial and plain and self.circuit is not None:
            function = self.circuit.on_trial(function, implementation.is_async)
        return Step(
            plugin=self.name,
            function=function,
            arguments=implementation.arguments,
            is_async=implementation.is_async,
            context=self.context,
            fail=self._fault_handler(implementation),
            statistics=statistics,
            timeout=self._timeout(implementation, settings),
            bulkhead=self.bulkhead if offloaded else None,
            is_wrapper=implementation.is_wrapper,
            is_audited=self.audited,
            streak=self.circuit.streak(phase.name) if self.circuit is not None and plain else None,
        )

    def contributions(self) -> tuple[Contribution, ...]:
        """Return its routing strategies as plans have them, with its context as it is now."""
        if not self.factories:
            return ()
        fail = self._fault_handler(self.implementations[STRATEGIES])
        return tuple(
            Contribution(self.name, name, factory, self.strategies, self.context, fail, self.circuit)
            for name, factory in self.factories.items()
        )

    def _fault_handler(self, implementation: Implementation) -> FaultHandler:
        phase = implementation.phase
        mode = FailureMode.CONTINUE if self.audited else self.record.failure_mode
        tell = None if self.lifetime is None else self.lifetime.tell
        return FaultHandler(self.name, phase, mode, self.statistics[phase.name], self.circuit, self.audited, tell)

    def _timeout(self, implementation: Implementation, settings: ManagerSettings) -> float | None:
        seconds = settings.hook_timeout(self.name, implementation.phase.name)
        if seconds is None:
            timeout: float | None = implementation.options.get("timeout")
            return timeout
        return seconds
