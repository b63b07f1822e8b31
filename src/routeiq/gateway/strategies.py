"""Calls whose deployments are ordered by the routing strategies of plugins, as the settings choose them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from time import perf_counter
from typing import Any

from routeiq_plugin_sdk import Deployment

from routeiq.core.attempts import Attempt, AttemptError, Changes, UnknownModelError
from routeiq.core.calls import LogicalCall
from routeiq.core.errors import ConfigurationError, Problem
from routeiq.core.problems import nearest
from routeiq.core.strategies import Contribution

from .router import Router
from .sections import SHUFFLE

logger = logging.getLogger(__name__)


class Missing:
    """Tells once of strategies that the settings name and that no plugin has any more."""

    def __init__(self) -> None:
        self._told: set[tuple[int, str]] = set()

    def tell(self, generation: int, name: str) -> None:
        """Tell of one, once for each generation of plans."""
        if (generation, name) not in self._told:
            self._told = {one for one in self._told if one[0] == generation} | {(generation, name)}
            logger.warning("no plugin has the routing strategy %r now: calls are spread without it", name)


class StrategicCall(LogicalCall):
    """A call that asks strategies for the order of its attempts, and tells them how those went.

    Attributes:
        router: Knows which strategies the settings choose for a model.
        missing: Told of those that are not there.
    """

    router: Router
    missing: Missing
    _asked: tuple[Contribution, ...] = ()

    async def attempts(self, chosen: Deployment | None) -> Attempt:
        """Make attempts in the order of the strategies; the one deployment that a plugin chose needs none."""
        if chosen is not None:
            return await super().attempts(chosen)
        usable, resting = self.router.usable(self.model)
        if not usable:
            raise UnknownModelError(self.model)
        self._asked = self._strategies()
        ordered, last = self._admitted(usable), self._admitted(resting)
        if not ordered:
            # Where none is left, those who admit none say so when they are asked for an order.
            ordered, last = last or usable, ()
        for strategy in self._asked:
            ordered = strategy.order(self.call, self.model, ordered)
        return await self._attempt_in_turn((*ordered, *last))

    def _admitted(self, deployments: Sequence[Deployment]) -> Sequence[Deployment]:
        for strategy in self._asked:
            deployments = [one for one in deployments if strategy.admits(self.call, self.model, one)]
        return deployments

    def make_attempt(self, deployment: Deployment, changes: Changes) -> Awaitable[Attempt]:
        """Have the host make an attempt, and tell the strategies of it."""
        attempt = super().make_attempt(deployment, changes)
        return self._watched(attempt, deployment) if self._asked else attempt

    async def _watched(self, attempt: Awaitable[Attempt], deployment: Deployment) -> Attempt:
        for strategy in self._asked:
            strategy.began(self.call, self.model, deployment)
        began = perf_counter()
        try:
            answer = await attempt
        except AttemptError as error:
            seconds = perf_counter() - began
            for strategy in self._asked:
                strategy.failed(self.call, self.model, deployment, error, seconds)
            raise
        seconds = perf_counter() - began
        for strategy in self._asked:
            strategy.succeeded(self.call, self.model, deployment, seconds)
        return answer

    def _strategies(self) -> tuple[Contribution, ...]:
        there = self.plans.strategies or {}
        found = []
        for name in self.router.strategies(self.model):
            if name in there:
                found.append(there[name])
            else:
                self.missing.tell(self.plans.generation, name)
        return tuple(found)


def check_strategies(wanted: Iterable[str], there: Mapping[str, str], source: Any) -> None:
    """Raise ConfigurationError for routing strategies of the settings that no plugin has.

    Args:
        wanted: The names in the settings.
        there: Those that plugins have, with their plugins.
        source: Where the settings come from.
    """
    known = {SHUFFLE: "the router", **there}
    listed = ", ".join(f"{name} (of {plugin})" for name, plugin in sorted(known.items()))
    problems = [
        Problem(
            str(source or "settings"),
            "router_settings.routing_strategy",
            f"there is no routing strategy {name!r}{nearest(name, known)}; there are {listed}. One of a plugin is there"
            " while that plugin is enabled and started",
        )
        for name in wanted
        if name not in known
    ]
    if problems:
        raise ConfigurationError(problems)
