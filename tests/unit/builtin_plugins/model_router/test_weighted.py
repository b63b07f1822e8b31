"""Shares hold exactly over a round, in whatever order the deployments are given."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from routeiq_plugin_sdk import Deployment, LLMCall
from routeiq_plugin_sdk.testing import MockPluginContext

from routeiq_builtin_plugins.model_router.config import Config
from routeiq_builtin_plugins.model_router.weighted import Weighted

CALL = LLMCall.mock()


def deployments(names):
    return [Deployment(name, "m", "u") for name in names]


def context(**weights):
    return MockPluginContext(Config(weights=weights))


@settings(max_examples=40)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_each_round_has_exactly_its_shares_whatever_the_order(weights, chance):
    named = {chr(97 + position): weight for position, weight in enumerate(weights)}
    strategy, given_to = Weighted("m"), context(**named)
    for _ in range(2):
        counts = Counter()
        for _ in range(sum(weights)):
            offered = deployments(named)
            chance.shuffle(offered)
            ordered = strategy.order(CALL, offered, given_to)
            assert sorted(one.name for one in ordered) == sorted(named)
            counts[ordered[0].name] += 1
        assert counts == named


def test_turns_are_spread_evenly():
    strategy = Weighted("m")
    turns = [strategy.order(CALL, deployments("ab"), context(a=3))[0].name for _ in range(8)]
    assert "".join(turns) == "aabaaaba"


def test_a_weight_of_nothing_is_for_when_all_others_fail():
    strategy = Weighted("m")
    orders = [[one.name for one in strategy.order(CALL, deployments("abc"), context(a=0))] for _ in range(6)]
    assert {order[-1] for order in orders} == {"a"}
    assert {order[0] for order in orders} == {"b", "c"}
    nobody = context(a=0, b=0)
    assert [one.name for one in strategy.order(CALL, deployments("ba"), nobody)] == ["a", "b"]


def test_one_that_was_away_has_no_turns_to_make_up_for():
    strategy, both = Weighted("m"), context()
    for _ in range(10):
        strategy.order(CALL, deployments("a"), both)
    turns = [strategy.order(CALL, deployments("ab"), both)[0].name for _ in range(4)]
    assert sorted(turns) == ["a", "a", "b", "b"]
