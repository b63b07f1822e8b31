"""The fastest comes first, failures are slow, and what was slow is tried again."""

import random

import pytest
from routeiq_plugin_sdk import Deployment, LLMCall
from routeiq_plugin_sdk.testing import MockPluginContext

from routeiq_builtin_plugins.model_router.config import Config
from routeiq_builtin_plugins.model_router.latency import Averages, LeastLatency

CALL, STREAM = LLMCall.mock(), LLMCall.mock(stream=True)
A, B, C = (Deployment(name, "m", "u") for name in "abc")


class UpstreamError(Exception):
    def __init__(self, status_code):
        self.status_code = status_code


def context(explore=0.0, **latency):
    return MockPluginContext(Config(latency={"explore": explore, **latency}))


def names(ordered):
    return "".join(one.name for one in ordered)


def test_the_fastest_comes_first_and_the_unknown_before_it():
    strategy, given = LeastLatency("m"), context()
    strategy.succeeded(CALL, A, 0.3, given)
    strategy.succeeded(CALL, B, 0.1, given)
    assert names(strategy.order(CALL, [A, B, C], given)) == "cba"
    assert names(strategy.order(CALL, [B, C, A], given)) == "cba"
    assert names(strategy.order(STREAM, [A, B, C], given)) == "abc"  # of streams nothing is known yet


def test_a_deployment_that_becomes_slow_loses_its_place():
    strategy, given = LeastLatency("m"), context(weight=0.5)
    strategy.succeeded(CALL, A, 0.1, given)
    strategy.succeeded(CALL, B, 0.2, given)
    for _ in range(3):
        strategy.succeeded(CALL, A, 1.0, given)
    assert names(strategy.order(CALL, [A, B], given)) == "ba"


def test_failing_fast_is_no_way_to_be_chosen_but_a_bad_request_says_nothing():
    strategy, given = LeastLatency("m"), context(weight=1)
    strategy.succeeded(CALL, A, 0.2, given)
    for error, seconds in ((UpstreamError(500), 10.0), (UpstreamError(429), 10.0), (UpstreamError(400), 0.1)):
        strategy.succeeded(CALL, B, 0.1, given)
        strategy.failed(CALL, B, error, 0.01, given)
        assert strategy.averages.of(CALL, B) == pytest.approx(seconds)
    strategy.failed(CALL, B, UpstreamError(504), 60.0, given)
    assert strategy.averages.of(CALL, B) == 60.0


def test_a_slow_deployment_that_has_recovered_is_found_by_exploring():
    strategy, given = LeastLatency("m", random.Random(7)), context(explore=0.1)
    seconds = {"a": 0.1, "b": 5.0}
    first = []
    for number in range(600):
        if number == 200:
            seconds["b"] = 0.01
        chosen = strategy.order(CALL, [A, B], given)[0]
        first.append(chosen.name)
        strategy.succeeded(CALL, chosen, seconds[chosen.name], given)
    assert 5 < first[:200].count("b") < 40
    assert first[400:].count("b") > 160


def test_averages_are_exponentially_weighted():
    averages = Averages()
    assert averages.of(CALL, A) is None
    averages.learn(CALL, A, 1.0, 0.5)
    averages.learn(CALL, A, 2.0, 0.5)
    assert averages.of(CALL, A) == 1.5
