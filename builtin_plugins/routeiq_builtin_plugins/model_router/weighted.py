"""`weighted`: calls go to deployments in proportion to weights, as evenly as that can be."""

from __future__ import annotations

from collections.abc import Sequence

from routeiq_plugin_sdk import Deployment, LLMCall, PluginContext, RoutingStrategy


class Weighted(RoutingStrategy):
    """Smooth weighted round robin, as nginx has it: no draw, so that shares hold over few calls already.

    Each call adds to every deployment its weight, and takes from the chosen one what was added to all.
    """

    def __init__(self, model: str) -> None:
        self._credit: dict[str, float] = {}

    def order(self, call: LLMCall, deployments: Sequence[Deployment], context: PluginContext) -> Sequence[Deployment]:
        """Return the deployment whose turn it is, and the others by how soon it is theirs."""
        weights: dict[str, float] = context.config.weights
        total = 0.0
        credit = {}
        for deployment in deployments:
            weight = weights.get(deployment.name, 1.0)
            total += weight
            credit[deployment.name] = self._credit.get(deployment.name, 0.0) + weight if weight else float("-inf")
        ordered = sorted(deployments, key=lambda one: (-credit[one.name], one.name))
        if total:
            credit[ordered[0].name] -= total
        # Of those that are given alone: what was not there, as in a cool-down, has no turns to make up for.
        self._credit = {name: value for name, value in credit.items() if value != float("-inf")}
        return ordered
