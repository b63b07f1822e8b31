"""What calls cost, by LiteLLM's price list."""

from __future__ import annotations

import litellm
from routeiq_plugin_sdk import Deployment, Usage


def cost(deployment: Deployment, usage: Usage) -> float | None:
    """Return the price of a call in US dollars, or None for a model that LiteLLM has no price for."""
    listed = _listed(deployment, usage)
    if listed is not None:
        return listed
    try:
        prompt, answer = litellm.cost_per_token(
            model=deployment.upstream_model,
            custom_llm_provider=deployment.provider,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            cache_read_input_tokens=usage.cached_tokens,
        )
    except Exception:  # noqa: BLE001 (what LiteLLM raises for a model without a price)
        return None
    return float(prompt) + float(answer)


def _listed(deployment: Deployment, usage: Usage) -> float | None:
    """Return what a model with plain prices costs; None where LiteLLM has to work it out, which takes it a while."""
    prices = litellm.model_cost.get(deployment.upstream_model)
    if prices is None or prices.get("litellm_provider") != deployment.provider or usage.cached_tokens:
        return None
    prompt, answer = prices.get("input_cost_per_token"), prices.get("output_cost_per_token")
    if prompt is None or answer is None or any("_above_" in name for name in prices):
        return None
    return float(usage.prompt_tokens * prompt + usage.completion_tokens * answer)
