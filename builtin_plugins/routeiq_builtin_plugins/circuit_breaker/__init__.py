"""The plugin `circuit-breaker`: deployments that do not answer are left alone, and tried with single calls.

It is a routing strategy, named after the one that orders (`routing_strategy: [least-latency, circuit-breaker]`). What
opens in one worker opens in all, by the storage.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from routeiq_plugin_sdk import (
    GatewayPlugin,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    RoutingStrategy,
    StorageUnavailable,
    hookimpl,
)

from .circuit import State
from .config import Config
from .sharing import open_elsewhere, tell
from .strategy import BreakerStrategy, Circuits

NAME: Final = "circuit-breaker"
_EVENTS: Final = {State.OPEN: "opened", State.HALF_OPEN: "half-opened", State.CLOSED: "closed"}

metadata: Final = PluginMetadata(
    name=NAME,
    description="Leaves deployments alone that do not answer, and tries them with single calls.",
    capabilities={PluginCapability.ROUTING_STRATEGY},
    config_schema=Config,
    enabled_by_default=False,
    priority=300,
    gateway_compat=">=0.1,<1",
)


class CircuitBreaker(GatewayPlugin):
    """Keeps the circuits of one worker."""

    metadata = metadata

    def __init__(self) -> None:
        self._circuits = Circuits(self._changed)
        self._opened: set[str] = set()
        self._closed: set[str] = set()
        self._apart = False

    @hookimpl.startup
    def startup(self, context: PluginContext) -> None:
        """Begin to tell the other workers, and to hear of theirs."""
        router = context.settings.gateway.get("router_settings")
        strategies = router.get("routing_strategy") if isinstance(router, Mapping) else None
        if NAME not in _named(strategies):
            context.logger.warning(
                "nothing is protected: router_settings.routing_strategy does not name it", routing_strategy=strategies
            )
        seconds = context.config.share_seconds
        if seconds:
            context.every(seconds, self._share)

    @hookimpl.register_routing_strategies
    def register_routing_strategies(self) -> Mapping[str, Callable[[str], RoutingStrategy]]:
        """Offer the strategy."""
        return {NAME: lambda model: BreakerStrategy(model, self._circuits)}

    @hookimpl.health_check
    def health_check(self) -> Mapping[str, Any]:
        """Tell which circuits are not closed; the gateway is no less ready for it."""
        circuits = self._circuits.by_name.items()
        states = {name: str(circuit.state) for name, circuit in circuits if circuit.state is not State.CLOSED}
        return {"status": "ok", "circuits": states}

    async def _share(self, context: PluginContext) -> None:
        """Tell what has changed here, and take up what has opened elsewhere."""
        now = asyncio.get_running_loop().time()
        opened, closed = self._opened, self._closed
        self._opened, self._closed = set(), set()
        storage, node, circuits = context.storage, context.node.id, self._circuits
        try:
            left = {name: circuits.of(name).remaining(now) for name in opened}
            await tell(storage, left, closed, node)
            elsewhere = await open_elsewhere(storage, tuple(circuits.by_name), node)
        except StorageUnavailable as error:
            self._opened |= opened
            self._closed |= closed
            if not self._apart:
                context.logger.warning("circuits are each worker's own while the storage is away", reason=str(error))
            self._apart = True
            return
        self._apart = False
        for name in elsewhere:
            circuit = circuits.of(name)
            was = circuit.state
            # Until the next two looks: the key may be gone by then.
            circuit.open_elsewhere(now + 2 * context.config.share_seconds)
            if was is not State.OPEN:
                self._note(name, State.OPEN, context)

    def _changed(self, deployment: str, state: State, context: PluginContext) -> None:
        if state is State.OPEN:
            self._opened.add(deployment)
            self._closed.discard(deployment)
        elif state is State.CLOSED:
            self._closed.add(deployment)
            self._opened.discard(deployment)
        self._note(deployment, state, context)

    def _note(self, deployment: str, state: State, context: PluginContext) -> None:
        """Tell of a change by log, event and figures."""
        metrics = context.metrics
        transitions = metrics.counter("transitions", "Changes of circuits, by their new state.", ["deployment", "to"])
        transitions.inc(deployment=deployment, to=state.value)
        open_circuits = metrics.gauge("open_circuits", "Workers whose circuit is not closed.", ["deployment"])
        open_circuits.set(float(state is not State.CLOSED), deployment=deployment)
        context.events.emit(f"{NAME}.{_EVENTS[state]}", {"deployment": deployment})
        log = context.logger.warning if state is State.OPEN else context.logger.info
        log("circuit changed", deployment=deployment, state=state.value)


def _named(strategies: Any) -> set[str]:
    """Return the names in a setting of strategies, in whichever of its forms."""
    if isinstance(strategies, str):
        return {strategies}
    if isinstance(strategies, Mapping):
        return {name for names in strategies.values() for name in _named(names)}
    return {name for name in strategies or () if isinstance(name, str)}
