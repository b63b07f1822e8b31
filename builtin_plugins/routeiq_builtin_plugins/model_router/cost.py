"""`cost-aware`: calls go to the cheapest deployment of those that are fast enough."""

from __future__ import annotations

from collections.abc import Sequence

from routeiq_plugin_sdk import Deployment, LLMCall, PluginContext

from .config import Cost
from .latency import Measuring


class CostAware(Measuring):
    """By price, which the deployment's `model_info` tells; equal prices stay shuffled, unknown ones come last."""

    def order(self, call: LLMCall, deployments: Sequence[Deployment], context: PluginContext) -> Sequence[Deployment]:
        """Return the deployments by whether they are fast enough, then by price."""
        cost: Cost = context.config.cost

        def rank(deployment: Deployment) -> tuple[bool, float]:
            seconds = self.averages.of(call, deployment) if cost.max_seconds is not None else None
            too_slow = seconds is not None and cost.max_seconds is not None and seconds > cost.max_seconds
            return too_slow, price(deployment, cost.output_share)

        ordered = sorted(deployments, key=rank)
        # Only where speed decides can one that is left alone have become better.
        return ordered if cost.max_seconds is None else self.explored(ordered, context)


def price(deployment: Deployment, output_share: float) -> float:
    """Return what a token costs on the average, in US dollars; infinite where nobody knows."""
    prices = [deployment.metadata.get(name) for name in ("input_cost_per_token", "output_cost_per_token")]
    known = [float(one) if isinstance(one, int | float) else None for one in prices]
    if known == [None, None]:
        return float("inf")
    prompt, answer = (one or 0.0 for one in known)
    return prompt * (1 - output_share) + answer * output_share
