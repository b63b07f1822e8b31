"""What follows a failed attempt."""

from datetime import UTC, datetime

import pytest

from routeiq.core.attempts import Decision
from routeiq.gateway.retry import (
    BASE_DELAY,
    LONGEST_DELAY,
    PASSING_STATUSES,
    backoff,
    decide,
    is_deployments,
    retry_after,
)


class Answered(Exception):
    def __init__(self, status_code, headers=None):
        self.status_code, self.headers = status_code, headers or {}


def test_a_passing_failure_goes_to_the_next_deployment_at_once():
    for status in PASSING_STATUSES:
        assert decide(status, 1, max_attempts=3, another=True) == Decision("fallback", 0.0)


def test_without_another_deployment_the_same_one_is_tried_after_a_delay():
    assert decide(503, 1, max_attempts=3, another=False, jitter=lambda: 1.0) == Decision("retry", BASE_DELAY)
    assert decide(503, 2, max_attempts=3, another=False, jitter=lambda: 1.0) == Decision("retry", BASE_DELAY * 2)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 501, 505])
def test_other_statuses_say_something_about_the_request_and_end_the_call(status):
    assert decide(status, 1, max_attempts=3, another=False).action == "stop"
    assert decide(status, 1, max_attempts=3, another=True).action == ("fallback" if status == 401 else "stop")


@pytest.mark.parametrize("failure", [ConnectionResetError(), TimeoutError(), OSError("no route"), EOFError()])
def test_connections_and_timeouts_pass(failure):
    assert decide(failure, 1, max_attempts=2, another=True).action == "fallback"
    assert decide(failure, 1, max_attempts=2, another=False).action == "retry"


def test_a_mistake_of_ours_is_not_repeated():
    assert decide(ValueError("bug"), 1, max_attempts=3, another=True).action == "stop"


def test_the_limit_of_attempts_holds_for_retries_and_fallbacks():
    for another in (True, False):
        assert decide(503, 3, max_attempts=3, another=another).action == "stop"


def test_an_exceptions_status_and_headers_are_looked_at():
    failure = Answered(429, {"retry-after": "7"})
    assert decide(failure, 1, max_attempts=3, another=False) == Decision("retry", 7.0)


def test_an_upstream_that_asks_for_more_than_a_minute_is_not_waited_for():
    assert decide(429, 1, max_attempts=3, another=False, headers={"retry-after": "60"}) == Decision("retry", 60.0)
    assert decide(429, 1, max_attempts=3, another=False, headers={"retry-after": "61"}).action == "stop"
    assert decide(429, 1, max_attempts=3, another=True, headers={"retry-after": "61"}).action == "fallback"


def test_no_retry_comes_before_the_settings_minimum():
    assert decide(503, 1, max_attempts=3, another=False, minimum_delay=2.0, jitter=lambda: 0.0).delay == 2.0


def test_the_delay_grows_to_its_bound_with_full_jitter():
    assert [backoff(n, lambda: 1.0) for n in range(1, 7)] == [0.5, 1.0, 2.0, 4.0, 8.0, LONGEST_DELAY]
    assert backoff(5000, lambda: 1.0) == LONGEST_DELAY
    assert backoff(3, lambda: 0.0) == 0.0


def test_retry_after_is_read_in_all_its_forms():
    date, then = "Wed, 21 Oct 2026 07:28:10 GMT", datetime(2026, 10, 21, 7, 28, tzinfo=UTC).timestamp()
    assert retry_after({"retry-after": "1.5"}) == 1.5
    assert retry_after({"retry-after-ms": "250", "retry-after": "1"}) == 0.25
    assert retry_after({"retry-after": date}, now=lambda: then) == 10.0
    assert retry_after({"retry-after": date}, now=lambda: 4e9) == 0.0


@pytest.mark.parametrize("value", ["soon", "-1", "nan", "inf", "", "99 Foo 9999"])
def test_a_retry_after_that_makes_no_sense_is_none(value):
    assert retry_after({"retry-after": value}) is None


def test_an_answer_without_retry_after_says_nothing():
    assert retry_after({}) is None
    assert retry_after(None) is None


def test_a_failure_is_the_deployments_or_says_something_about_the_request():
    assert all(map(is_deployments, [*PASSING_STATUSES, 401, ConnectionResetError(), Answered(503)]))
    assert not any(map(is_deployments, [400, 403, 404, 422, ValueError(), Answered(400)]))
