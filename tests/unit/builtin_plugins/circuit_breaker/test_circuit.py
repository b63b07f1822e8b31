"""A circuit opens by failures, is tried by single calls, and closes by answers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeiq_builtin_plugins.circuit_breaker.circuit import LEASE, RESERVED, Circuit, State, Window
from routeiq_builtin_plugins.circuit_breaker.config import Config

CONFIG = Config(consecutive_failures=3, minimum_attempts=10, open_seconds=10, max_open_seconds=30)


def opened(now=0.0, config=CONFIG):
    circuit = Circuit()
    for _ in range(config.consecutive_failures):
        circuit.failed(now, config)
    assert circuit.state is State.OPEN
    return circuit


def test_failures_in_a_row_open_it_and_an_answer_between_them_does_not():
    circuit = Circuit()
    for _ in range(3):
        circuit.failed(0, CONFIG)
        circuit.failed(0, CONFIG)
        circuit.succeeded(0, CONFIG)
    assert circuit.look(0) is State.CLOSED
    assert opened().remaining(4) == 6


def test_a_share_of_failures_opens_it_once_there_are_enough_attempts():
    circuit = Circuit()
    for number in range(9):
        (circuit.failed if number % 2 else circuit.succeeded)(number, CONFIG)
    assert circuit.look(9) is State.CLOSED
    circuit.failed(9, CONFIG)
    assert circuit.look(9) is State.OPEN


def test_what_lies_before_the_window_does_not_count():
    circuit = Circuit()
    for number in range(9):
        (circuit.failed if number % 2 else circuit.succeeded)(0, CONFIG)
    circuit.failed(CONFIG.window + 1, CONFIG)
    assert circuit.look(CONFIG.window + 1) is State.CLOSED


def test_after_its_time_single_calls_try_and_answers_close_it():
    circuit = opened()
    assert circuit.look(9.9) is State.OPEN
    assert circuit.look(10) is State.HALF_OPEN
    assert circuit.reserve_trial(10, CONFIG)
    assert not circuit.reserve_trial(10, CONFIG)
    circuit.succeeded(11, CONFIG)
    assert circuit.look(11) is State.HALF_OPEN
    assert circuit.reserve_trial(11, CONFIG)
    circuit.succeeded(12, CONFIG)
    assert circuit.look(12) is State.CLOSED


def test_failing_trials_leave_it_alone_for_longer_each_time_up_to_a_bound():
    circuit, now = opened(), 0.0
    for seconds in (10, 20, 30, 30):
        assert circuit.remaining(now) == seconds
        now += seconds
        assert circuit.look(now) is State.HALF_OPEN
        assert circuit.reserve_trial(now, CONFIG)
        circuit.failed(now, CONFIG)
    now += 30
    circuit.look(now)
    circuit.succeeded(now, CONFIG)
    circuit.succeeded(now, CONFIG)
    for _ in range(3):
        circuit.failed(now, CONFIG)
    assert circuit.remaining(now) == 10  # closed in between, so that it begins anew


def test_a_trial_whose_end_nobody_tells_is_free_again():
    circuit = opened()
    circuit.look(10)
    assert circuit.reserve_trial(10, CONFIG)
    circuit.begin_trial(10)
    assert not circuit.reserve_trial(10 + LEASE - 1, CONFIG)
    assert circuit.reserve_trial(10 + LEASE, CONFIG)


def test_a_place_that_is_kept_for_a_call_that_tries_another_one_is_free_in_a_moment():
    circuit = opened()
    circuit.look(10)
    assert circuit.reserve_trial(10, CONFIG)
    assert not circuit.has_trial(10, CONFIG)
    assert circuit.has_trial(10 + RESERVED, CONFIG)
    circuit.begin_trial(10 + RESERVED)  # where others order after this, a trial may begin unasked
    assert not circuit.has_trial(10 + RESERVED, CONFIG)


def test_one_that_opens_elsewhere_opens_here_and_never_for_less_long():
    circuit = Circuit()
    circuit.open_elsewhere(5.0)
    assert circuit.look(4.9) is State.OPEN
    assert circuit.look(5.0) is State.HALF_OPEN
    long = opened()
    long.open_elsewhere(5.0)
    assert long.remaining(0) == 10


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(0, 30), st.booleans()), max_size=60))
def test_it_is_open_only_after_a_failure_and_never_for_longer_than_the_bound(attempts):
    circuit, now, failed_at = Circuit(), 0.0, None
    for wait, failed in attempts:
        now += wait
        if failed and circuit.look(now) is not State.OPEN:
            failed_at = now
        (circuit.failed if failed else circuit.succeeded)(now, CONFIG)
        if circuit.state is State.OPEN:
            assert failed_at is not None
            assert now - failed_at <= circuit.remaining(failed_at) + 1e-6
            assert circuit.remaining(now) <= CONFIG.max_open_seconds + 1e-6  # sums of floats
    assert circuit.look(now + CONFIG.max_open_seconds) is not State.OPEN


def test_a_window_counts_what_is_in_it():
    window = Window()
    assert window.add(0, 10, failed=True) == (1, 1)
    assert window.add(5, 10, failed=False) == (2, 1)
    assert window.add(10, 10, failed=False) == (2, 0)


@pytest.mark.parametrize("times", [1, 3])
def test_as_many_trials_as_are_configured_run_side_by_side(times):
    config = CONFIG.model_copy(update={"trials": times})
    circuit = opened(config=config)
    circuit.look(10)
    assert [circuit.reserve_trial(10, config) for _ in range(times + 1)] == [True] * times + [False]
