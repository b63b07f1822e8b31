"""What things failed at, in words of few kinds that quote nobody."""

import asyncio

import pytest
from routeiq_plugin_sdk import Reject

pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")

from routeiq.adapters.opentelemetry.failures import error_type, is_failure
from routeiq.core.attempts import AttemptError, UnknownModelError
from routeiq.core.errors import PluginAborted


class Own(Exception): ...


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Reject(403, "no", "content_blocked"), "content_blocked"),
        (Reject(403, "no", "it said: my secret"), "rejected"),
        (AttemptError(429, "slow down", "rate_limit_exceeded"), "rate_limit_exceeded"),
        (AttemptError(503, "down"), "503"),
        (AttemptError(400, "x", "wrong key sk-123 in\nthe header"), "400"),
        (AttemptError(400, "x", "x" * 65), "400"),
        (UnknownModelError("whatever a client wrote"), "model_not_found"),
        (PluginAborted("p", "request"), "plugin_failed"),
        (asyncio.CancelledError(), "cancelled"),
        (TimeoutError(), "timeout"),
        (ValueError("my secret"), "ValueError"),
        (Own("my secret"), f"{Own.__module__}.Own"),
    ],
)
def test_a_failure_has_a_kind_and_no_words(error, expected):
    assert error_type(error) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [(Reject(403), False), (Reject(503), True), (AttemptError(400, "x"), True), (asyncio.CancelledError(), True)],
)
def test_a_refusal_is_what_was_wanted_of_a_plugin(error, expected):
    assert is_failure(error) is expected
