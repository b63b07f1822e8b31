"""Routing strategies that plugins contribute: made once for each model, and contained like hooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any, Final, TypeVar

from routeiq_plugin_sdk import Deployment, LLMCall, Reject, RoutingStrategy, StrategyFactory

from .faults import Circuit, CircuitState, FaultHandler
from .lifetime import CONTAINED

T = TypeVar("T")

HOOK: Final = "register_routing_strategies"
MOST_MODELS: Final = 1024
"""Models whose strategies one plugin keeps: under wildcards clients choose their names."""

Objects = MutableMapping[tuple[str, str], RoutingStrategy]
"""The strategies of one run of a plugin, by their name and the model's."""


class Contribution:
    """A strategy as plans have it.

    Attributes:
        plugin: Whose it is.
        name: What operators call it.
    """

    def __init__(
        self,
        plugin: str,
        name: str,
        factory: StrategyFactory,
        objects: Objects,
        context: Any,
        fail: FaultHandler,
        circuit: Circuit | None,
    ) -> None:
        self.plugin = plugin
        self.name = name
        self._factory = factory
        self._objects = objects
        self._context = context
        self._fail = fail
        self._circuit = circuit

    def order(self, call: LLMCall, model: str, deployments: Sequence[Deployment]) -> Sequence[Deployment]:
        """Return what the strategy makes of the order; what it was if the strategy fails.

        Raises:
            Reject: the strategy refuses the call.
            PluginAborted: it failed, and its plugin's failure mode is `abort`.
        """
        ordered = self._contained(
            lambda: _checked(self._of(model).order(call, deployments, self._context), deployments)
        )
        return deployments if ordered is None or self._fail.audited else ordered

    def admits(self, call: LLMCall, model: str, deployment: Deployment) -> bool:
        """Return whether a deployment may be tried; so it may where the strategy fails."""
        admitted = self._contained(lambda: self._of(model).admits(call, deployment, self._context))
        return admitted is not False or self._fail.audited

    def began(self, call: LLMCall, model: str, deployment: Deployment) -> None:
        """Tell the strategy of an attempt that begins."""
        self._contained(lambda: self._of(model).began(call, deployment, self._context))

    def succeeded(self, call: LLMCall, model: str, deployment: Deployment, seconds: float) -> None:
        """Tell the strategy of an attempt that was answered."""
        self._contained(lambda: self._of(model).succeeded(call, deployment, seconds, self._context))

    def failed(self, call: LLMCall, model: str, deployment: Deployment, exception: Exception, seconds: float) -> None:
        """Tell the strategy of an attempt that failed."""
        self._contained(lambda: self._of(model).failed(call, deployment, exception, seconds, self._context))

    def _of(self, model: str) -> RoutingStrategy:
        key = self.name, model
        found = self._objects.get(key)
        if found is None:
            found = self._factory(model)
            if not isinstance(found, RoutingStrategy):
                kind = type(found).__name__
                raise TypeError(f"the factory of {self.name!r} must return a RoutingStrategy, not {kind}")
            if len(self._objects) >= MOST_MODELS:
                self._objects.pop(next(iter(self._objects)))
            self._objects[key] = found
        return found

    def _contained(self, function: Callable[[], T]) -> T | None:
        if self._circuit is not None and self._circuit.state is CircuitState.OPEN:
            return None
        try:
            result = function()
        except Reject as reject:
            if not self._fail.audited:
                self._fail(reject)
            return None
        except CONTAINED as error:
            self._fail(error)
            return None
        if self._circuit is not None:
            self._circuit.streak(HOOK)[0] = 0
        return result


def _checked(ordered: Any, deployments: Sequence[Deployment]) -> Sequence[Deployment]:
    """Return a strategy's order. Raises ValueError or TypeError if it is none of these deployments."""
    if not isinstance(ordered, list | tuple):
        raise TypeError(f"order() must return a list of deployments, not {type(ordered).__name__}")
    left = [deployment.name for deployment in deployments]
    for deployment in ordered:
        name = getattr(deployment, "name", None)
        if name not in left:
            raise ValueError(
                f"order() returned {name or deployment!r}, which is not among the given, or is there twice"
            )
        left.remove(name)
    if not ordered:
        raise ValueError("order() left out all deployments: it raises Reject where none may be tried")
    return ordered


def checked_factories(factories: Any) -> Mapping[str, StrategyFactory]:
    """Return what a plugin registered. Raises TypeError or ValueError if that is no mapping of names to factories."""
    if factories is None:
        return {}
    if not isinstance(factories, Mapping):
        raise TypeError(f"{HOOK} must return a mapping of names to factories, not {type(factories).__name__}")
    for name, factory in factories.items():
        if not isinstance(name, str) or not name or name == "simple-shuffle":
            raise ValueError(
                f"{HOOK} returned the name {name!r}: use a text, and not the router's own 'simple-shuffle'"
            )
        if not callable(factory):
            raise TypeError(
                f"{HOOK}: {name!r} must be a factory that takes a model's name, not {type(factory).__name__}"
            )
    return dict(factories)
