"""The strategy `circuit-breaker`: leaves out deployments with an open circuit, and tells circuits how attempts went."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Final

from routeiq_plugin_sdk import Deployment, LLMCall, PluginContext, Reject, RoutingStrategy

from .circuit import Circuit, State
from .config import Config

MOST_CIRCUITS: Final = 4096
"""Circuits that are kept: under wildcards clients name their deployments."""

Changed = Callable[[str, State, PluginContext], None]


class Circuits:
    """The circuits of all deployments of one worker."""

    def __init__(self, changed: Changed) -> None:
        """Make none.

        Args:
            changed: Told of each change of a state: of which deployment, and which state it has now.
        """
        self.by_name: dict[str, Circuit] = {}
        self._changed = changed

    def of(self, name: str) -> Circuit:
        """Return the circuit of a deployment, closed at first."""
        circuit = self.by_name.get(name)
        if circuit is None:
            if len(self.by_name) >= MOST_CIRCUITS:
                self._forget()
            circuit = self.by_name[name] = Circuit()
        return circuit

    def look(self, name: str, now: float, context: PluginContext) -> State:
        """Return the state of a deployment's circuit."""
        circuit = self.of(name)
        before = circuit.state
        state = circuit.look(now)
        if state is not before:
            self._changed(name, state, context)
        return state

    def learn(self, name: str, now: float, context: PluginContext, *, failed: bool) -> None:
        """Tell a deployment's circuit of an attempt."""
        self.look(name, now, context)
        circuit = self.by_name[name]
        before = circuit.state
        (circuit.failed if failed else circuit.succeeded)(now, context.config)
        if circuit.state is not before:
            self._changed(name, circuit.state, context)

    def _forget(self) -> None:
        """Let one go, of those that say least."""
        closed = (name for name, circuit in self.by_name.items() if circuit.state is State.CLOSED)
        del self.by_name[next(closed, next(iter(self.by_name)))]


class BreakerStrategy(RoutingStrategy):
    """For one model; the circuits are those of all."""

    def __init__(self, model: str, circuits: Circuits) -> None:
        self._model = model
        self._circuits = circuits

    def order(self, call: LLMCall, deployments: Sequence[Deployment], context: PluginContext) -> Sequence[Deployment]:
        """Return the deployments whose circuits are closed, behind one that is on trial, if one is.

        Raises:
            Reject: with 503 and `retry-after`, where all are open.
        """
        now = asyncio.get_running_loop().time()
        states = [(one, self._circuits.look(one.name, now, context)) for one in deployments]
        half_open = (one for one, state in states if state is State.HALF_OPEN)
        trial = next((one for one in half_open if self._circuits.of(one.name).reserve_trial(now, context.config)), None)
        closed = [one for one, state in states if state is State.CLOSED]
        if trial is not None:
            return [trial, *closed]
        if closed:
            return closed
        raise self._refusal(deployments, now, context)

    def admits(self, call: LLMCall, deployment: Deployment, context: PluginContext) -> bool:
        """Return whether the circuit of a deployment is closed, or a trial of it may begin."""
        now = asyncio.get_running_loop().time()
        state = self._circuits.look(deployment.name, now, context)
        if state is State.HALF_OPEN:
            return self._circuits.of(deployment.name).has_trial(now, context.config)
        return state is State.CLOSED

    def began(self, call: LLMCall, deployment: Deployment, context: PluginContext) -> None:
        """Let a trial that was reserved run."""
        circuit = self._circuits.of(deployment.name)
        if circuit.state is State.HALF_OPEN:
            circuit.begin_trial(asyncio.get_running_loop().time())

    def succeeded(self, call: LLMCall, deployment: Deployment, seconds: float, context: PluginContext) -> None:
        """Tell the circuit of an answer; one that took too long is a failure."""
        config: Config = context.config
        slow = config.slow_seconds is not None and seconds > config.slow_seconds
        self._circuits.learn(deployment.name, asyncio.get_running_loop().time(), context, failed=slow)

    def failed(
        self, call: LLMCall, deployment: Deployment, exception: Exception, seconds: float, context: PluginContext
    ) -> None:
        """Tell the circuit of a failure; one that says something of the request alone is an answer."""
        status = getattr(exception, "status_code", 500)
        failed = status >= 500 or status in context.config.statuses
        self._circuits.learn(deployment.name, asyncio.get_running_loop().time(), context, failed=failed)

    def _refusal(self, deployments: Sequence[Deployment], now: float, context: PluginContext) -> Reject:
        seconds = min(self._circuits.of(one.name).remaining(now) for one in deployments)
        refused = context.metrics.counter("refused_calls", "Calls that no deployment was left for.", ["model"])
        refused.inc(model=self._model)
        return Reject(
            503,
            f"No deployment of {self._model!r} answers now. Try again when `retry-after` has passed.",
            "circuit_open",
            {"retry-after": str(max(1, math.ceil(seconds)))},
        )
