"""Which deployments are offered, in which order, and when none is."""

import asyncio

import pytest
from routeiq_plugin_sdk import Deployment, LLMCall, Reject
from routeiq_plugin_sdk.testing import MockPluginContext

from routeiq_builtin_plugins.circuit_breaker.circuit import State
from routeiq_builtin_plugins.circuit_breaker.config import Config
from routeiq_builtin_plugins.circuit_breaker.strategy import MOST_CIRCUITS, BreakerStrategy, Circuits

CALL = LLMCall.mock()
A, B = Deployment("a", "m", "u"), Deployment("b", "m", "u")


class UpstreamError(Exception):
    def __init__(self, status_code):
        self.status_code = status_code


@pytest.fixture
def breaker():
    changes = []
    circuits = Circuits(lambda name, state, context: changes.append((name, state)))
    strategy = BreakerStrategy("m", circuits)
    strategy.changes, strategy.circuits = changes, circuits
    return strategy


def context(**fields):
    return MockPluginContext(Config(consecutive_failures=1, **fields))


async def test_an_open_circuit_is_left_out_and_one_on_trial_comes_first_once(breaker):
    given = context(open_seconds=0.01, max_open_seconds=0.01)
    breaker.failed(CALL, A, UpstreamError(500), 0.1, given)
    assert breaker.order(CALL, [A, B], given) == [B]
    assert not breaker.admits(CALL, A, given)
    await asyncio.sleep(0.02)
    assert breaker.admits(CALL, A, given)
    assert breaker.order(CALL, [B, A], given) == [A, B]
    assert not breaker.admits(CALL, A, given)
    for _ in range(2):
        breaker.began(CALL, A, given)
        assert breaker.order(CALL, [B, A], given) == [B]
        breaker.succeeded(CALL, A, 0.1, given)
        breaker.began(CALL, B, given)
    assert breaker.order(CALL, [B, A], given) == [B, A]
    assert breaker.admits(CALL, A, given)
    assert breaker.changes == [("a", State.OPEN), ("a", State.HALF_OPEN), ("a", State.CLOSED)]


async def test_where_all_are_open_the_call_is_refused_with_the_time_of_the_first(breaker):
    breaker.failed(CALL, A, UpstreamError(502), 0.1, context(open_seconds=20))
    breaker.failed(CALL, B, UpstreamError(502), 0.1, context(open_seconds=10))
    given = context()
    with pytest.raises(Reject) as caught:
        breaker.order(CALL, [A, B], given)
    assert (caught.value.status_code, caught.value.code) == (503, "circuit_open")
    assert caught.value.headers["retry-after"] == "10"
    assert given.metrics.value("refused_calls", model="m") == 1


@pytest.mark.parametrize(
    ("status", "fails"), [(500, True), (504, True), (429, True), (408, True), (400, False), (404, False)]
)
async def test_what_says_something_of_the_request_alone_is_no_failure(breaker, status, fails):
    breaker.failed(CALL, A, UpstreamError(status), 0.1, context())
    assert (breaker.circuits.by_name["a"].state is State.OPEN) is fails


async def test_an_answer_that_takes_too_long_is_a_failure(breaker):
    breaker.succeeded(CALL, A, 3, context(slow_seconds=2))
    assert breaker.circuits.by_name["a"].state is State.OPEN


async def test_circuits_are_bounded_and_open_ones_are_kept(breaker):
    given = context()
    breaker.failed(CALL, A, UpstreamError(500), 0.1, given)
    for number in range(MOST_CIRCUITS + 10):
        breaker.circuits.of(str(number))
    assert len(breaker.circuits.by_name) == MOST_CIRCUITS
    assert "a" in breaker.circuits.by_name
