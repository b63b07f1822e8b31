"""Errors both ways: LiteLLM's as the state machine knows them, plugins' decisions as LiteLLM's exceptions."""

import httpx
import pytest
from routeiq_plugin_sdk import Headers, Reject

litellm = pytest.importorskip("litellm", reason="needs routeiq[litellm]")

from routeiq.adapters.litellm.errors import attempt_error, litellm_error, raised, relayed  # noqa: E402
from routeiq.core.attempts import AttemptError  # noqa: E402
from routeiq.core.errors import PluginAborted  # noqa: E402


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestError"), (401, "AuthenticationError"), (403, "PermissionDeniedError"), (404, "NotFoundError"),
        (408, "Timeout"), (409, "APIError"), (422, "UnprocessableEntityError"), (429, "RateLimitError"),
        (500, "InternalServerError"), (503, "ServiceUnavailableError"), (504, "Timeout"),
    ],
)  # fmt: skip
def test_each_status_has_litellms_exception(status, name):
    error = litellm_error(status, "no", "code-7", "m", Headers.of({"retry-after": "3"}))
    assert type(error).__name__ == name
    assert error.status_code == status
    assert error.code == "code-7"
    assert "no" in str(error)
    assert error.response.headers["retry-after"] == "3"
    assert error.response.json()["error"]["code"] == "code-7"


def test_a_rejection_and_a_failed_plugin_are_told():
    assert isinstance(raised(Reject(401, "who?"), "m"), litellm.AuthenticationError)
    aborted = raised(PluginAborted("p", "llm_pre_call", 504), "m")
    assert isinstance(aborted, litellm.Timeout)
    assert "p" not in str(aborted).split()


def test_litellms_own_exception_comes_back_itself():
    response = httpx.Response(
        429, headers={"retry-after": "9", "set-cookie": "x"}, request=httpx.Request("POST", "http://x")
    )
    original = litellm.RateLimitError("slow down", "openai", "m", response=response)
    error = attempt_error(original)
    assert (error.status_code, error.headers.items_list()) == (429, [("retry-after", "9")])
    assert raised(error, "m") is original


@pytest.mark.parametrize(("exception", "status"), [(TimeoutError(), 504), (ValueError("x"), 500), (OSError("x"), 500)])
def test_any_exception_has_a_status(exception, status):
    assert attempt_error(exception).status_code == status


def test_an_attempt_that_never_reached_litellm_gets_an_exception_of_its_own():
    assert isinstance(raised(AttemptError(400, "the API cannot say that"), "m"), litellm.BadRequestError)


def test_headers_of_providers_lose_litellms_prefix():
    given = {"llm_provider-x-ratelimit-limit-requests": "5", "content-type": "x", "Retry-After": "1"}
    assert relayed(given).items_list() == [("x-ratelimit-limit-requests", "5"), ("retry-after", "1")]
    assert relayed(None).raw == ()
    assert relayed({"retry-after": "split\r\nme"}).raw == ()
