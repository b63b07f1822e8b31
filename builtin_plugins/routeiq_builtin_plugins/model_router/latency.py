"""`least-latency`: calls go where answers come soonest."""

from __future__ import annotations

import random
from collections.abc import Sequence

from routeiq_plugin_sdk import Deployment, LLMCall, PluginContext, RoutingStrategy


class Averages:
    """The seconds that attempts take on the average, by deployment: those of streams, which only begin, apart."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, bool], float] = {}

    def of(self, call: LLMCall, deployment: Deployment) -> float | None:
        """Return what a call's attempt takes on the average; None where none was made yet."""
        return self._seconds.get((deployment.name, call.stream))

    def learn(self, call: LLMCall, deployment: Deployment, seconds: float, weight: float) -> None:
        """Take an attempt into account."""
        key = deployment.name, call.stream
        before = self._seconds.get(key)
        self._seconds[key] = seconds if before is None else before + weight * (seconds - before)


class Measuring(RoutingStrategy):
    """A strategy that measures; a failure counts as a slow answer, so that failing fast is no way to be chosen."""

    def __init__(self, model: str, chance: random.Random | None = None) -> None:
        """Make a strategy.

        Args:
            chance: Where its draws come from; a test seeds its own.
        """
        self.averages = Averages()
        self.chance = chance or random.Random()

    def succeeded(self, call: LLMCall, deployment: Deployment, seconds: float, context: PluginContext) -> None:
        """Measure an answer."""
        self.averages.learn(call, deployment, seconds, context.config.latency.weight)

    def failed(
        self, call: LLMCall, deployment: Deployment, exception: Exception, seconds: float, context: PluginContext
    ) -> None:
        """Measure a failure, unless it says something of the request alone."""
        status = getattr(exception, "status_code", 500)
        if status >= 500 or status in (408, 429):
            latency = context.config.latency
            self.averages.learn(call, deployment, max(seconds, latency.failure), latency.weight)

    def explored(self, ordered: Sequence[Deployment], context: PluginContext) -> Sequence[Deployment]:
        """Return an order in which, now and then, another deployment than the first is tried first."""
        if len(ordered) < 2 or self.chance.random() >= context.config.latency.explore:
            return ordered
        position = self.chance.randrange(1, len(ordered))
        return [ordered[position], *ordered[:position], *ordered[position + 1 :]]


class LeastLatency(Measuring):
    """The fastest on the average first; those that nothing is known of before all others."""

    def order(self, call: LLMCall, deployments: Sequence[Deployment], context: PluginContext) -> Sequence[Deployment]:
        """Return the deployments by their averages."""

        def average(deployment: Deployment) -> float:
            known = self.averages.of(call, deployment)
            return -1.0 if known is None else known

        return self.explored(sorted(deployments, key=average), context)
