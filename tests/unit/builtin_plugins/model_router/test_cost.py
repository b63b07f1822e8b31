"""The cheapest that is fast enough comes first."""

import itertools

import pytest
from routeiq_plugin_sdk import Deployment, LLMCall
from routeiq_plugin_sdk.testing import MockPluginContext

from routeiq_builtin_plugins.model_router.config import Config
from routeiq_builtin_plugins.model_router.cost import CostAware, price

CALL = LLMCall.mock()


def deployment(name, prompt=None, answer=None):
    prices = {"input_cost_per_token": prompt, "output_cost_per_token": answer}
    return Deployment(name, "m", "u", metadata={key: value for key, value in prices.items() if value is not None})


CHEAP, MIDDLE, DEAR, UNKNOWN = (
    deployment("cheap", 1, 4),
    deployment("middle", 2),
    deployment("dear", 5, 5),
    deployment("x"),
)


def context(**fields):
    return MockPluginContext(Config(latency={"explore": 0}, **fields))


def names(ordered):
    return [one.name for one in ordered]


def test_the_cheapest_comes_first_in_whatever_order_they_are_given():
    for offered in itertools.permutations([CHEAP, MIDDLE, DEAR, UNKNOWN]):
        ordered = CostAware("m").order(CALL, offered, context(cost={"output_share": 0}))
        assert names(ordered) == ["cheap", "middle", "dear", "x"]


def test_what_is_too_slow_comes_after_all_that_are_not():
    strategy, given = CostAware("m"), context(cost={"max_seconds": 1})
    strategy.succeeded(CALL, CHEAP, 3, given)
    assert names(strategy.order(CALL, [CHEAP, DEAR, MIDDLE], given)) == ["middle", "dear", "cheap"]
    without = context()
    assert names(strategy.order(CALL, [DEAR, CHEAP], without)) == ["cheap", "dear"]


def test_equal_prices_stay_shuffled():
    same = [deployment(name, 1) for name in "abc"]
    for offered in itertools.permutations(same):
        assert CostAware("m").order(CALL, offered, context()) == list(offered)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (CHEAP, 1.75),
        (MIDDLE, 1.5),
        (UNKNOWN, float("inf")),
        (deployment("free", 0, 0), 0),
        (deployment("s", "a"), float("inf")),
    ],
)
def test_the_price_of_a_token_is_of_prompt_and_answer(one, expected):
    assert price(one, 0.25) == expected
