"""What an author gets for a routing strategy: one method to write, two to override."""

import pytest
from routeiq_plugin_sdk import Deployment, LLMCall, RoutingStrategy
from routeiq_plugin_sdk.testing import MockPluginContext


class Reversed(RoutingStrategy):
    def order(self, call, deployments, context):
        return list(reversed(deployments))


def test_a_strategy_has_to_say_an_order_and_nothing_else():
    with pytest.raises(TypeError):
        RoutingStrategy()
    one, two = Deployment("a", "m", "u"), Deployment("b", "m", "u")
    strategy, call, context = Reversed(), LLMCall.mock(), MockPluginContext()
    assert strategy.order(call, [one, two], context) == [two, one]
    assert strategy.admits(call, one, context)
    assert strategy.began(call, one, context) is None
    assert strategy.succeeded(call, one, 0.1, context) is None
    assert strategy.failed(call, one, ValueError(), 0.1, context) is None
