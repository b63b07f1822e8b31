"""What says that a call has no answer, and what clients and programs are told by it; test_calls.py makes attempts."""

import subprocess
import sys

from routeiq_plugin_sdk import Headers

from routeiq.core.attempts import AttemptError, Decision, UnknownModelError
from routeiq.core.errors import RouteIQError


def test_a_failed_attempt_has_what_the_upstream_said():
    headers = Headers.of({"retry-after": "3"})
    error = AttemptError(429, "slow down", "rate_limit", headers, b"{}")
    assert (error.status_code, error.message, error.code, error.body) == (429, "slow down", "rate_limit", b"{}")
    assert error.headers is headers
    assert str(error) == "slow down"


def test_one_that_no_upstream_answered_has_no_headers_and_no_body():
    error = AttemptError(502, "unreachable")
    assert (error.code, list(error.headers.raw), error.body) == (None, [], b"")


def test_an_unknown_model_is_named_to_the_client():
    error = UnknownModelError("gpt-0")
    assert isinstance(error, RouteIQError)
    assert (error.model, str(error)) == ("gpt-0", "The model 'gpt-0' does not exist, or you may not use it.")


def test_a_decision_waits_only_where_it_says_so():
    assert Decision("retry").delay == 0


def test_whoever_tells_errors_apart_loads_no_dialect():
    code = "import sys, routeiq.core.event_tracer; print('routeiq.core.dialects' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
