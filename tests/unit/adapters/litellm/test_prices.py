"""Prices, by LiteLLM's list."""

import pytest
from routeiq_plugin_sdk import Deployment, Usage

litellm = pytest.importorskip("litellm", reason="needs routeiq[litellm]")

from routeiq.adapters.litellm.prices import cost  # noqa: E402

MINI = Deployment("d", "m", "gpt-4o-mini", "openai")


def test_plain_prices_and_those_that_litellm_works_out_agree():
    usage = Usage(1000, 500, 1500)
    by_litellm = sum(litellm.cost_per_token(model="gpt-4o-mini", prompt_tokens=1000, completion_tokens=500))
    assert cost(MINI, usage) == pytest.approx(by_litellm)


def test_cached_tokens_cost_what_litellm_says():
    assert cost(MINI, Usage(1000, 0, 1000, cached_tokens=1000)) < cost(MINI, Usage(1000, 0, 1000))


def test_a_model_without_a_price_has_none():
    assert cost(Deployment("d", "m", "no-such-model-7", "openai"), Usage(1, 1, 2)) is None
