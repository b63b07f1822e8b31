"""What calls cost, by LiteLLM's price list."""

from __future__ import annotations

import functools

import litellm
from routeiq_plugin_sdk import Deployment, Usage


def cost(deployment: Deployment, usage: Usage) -> float | None:
    """Return the price of a call in US dollars, or None for a model that LiteLLM has no price for."""
    listed = _listed(deployment, usage)
    if listed is not None:
        return listed
    if _is_unpriced(deployment.upstream_model, deployment.provider, len(litellm.model_cost)):
        return None
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


@functools.lru_cache(maxsize=1024)
def _is_unpriced(model: str, provider: str, listed: int) -> bool:
    """Return whether LiteLLM has no price for a model: it takes long to find that out.

    Args:
        listed: How many models its list has, so that a model that is added to it is looked for again.
    """
    try:
        litellm.cost_per_token(model=model, custom_llm_provider=provider, prompt_tokens=1, completion_tokens=1)
    except Exception:  # noqa: BLE001 (its way to say so)
        return True
    return False


def _listed(deployment: Deployment, usage: Usage) -> float | None:
    """Return what a model with plain prices costs; None where LiteLLM has to work it out, which takes it a while."""
    prices = litellm.model_cost.get(deployment.upstream_model)
    if prices is None or prices.get("litellm_provider") != deployment.provider or usage.cached_tokens:
        return None
    prompt, answer = prices.get("input_cost_per_token"), prices.get("output_cost_per_token")
    if prompt is None or answer is None or any("_above_" in name for name in prices):
        return None
    return float(usage.prompt_tokens * prompt + usage.completion_tokens * answer)
