"""The backend for servers that speak OpenAI's API."""

import pytest
from routeiq_plugin_sdk import Deployment, Headers

from routeiq.gateway.backends.openai import OpenAIBackend, attempt_error
from routeiq.gateway.model_list import ModelEntry
from routeiq.transport import (
    ConnectFailed,
    ConnectionClosed,
    ConnectTimeout,
    ProtocolError,
    ReadTimeout,
    UpstreamClient,
)

DEPLOYMENT = Deployment("d:1", "fast", "up", "openai", "openai", "http://127.0.0.1:1/v1")


def entry(apis=None, **params):
    return ModelEntry.model_validate(
        {
            "model_name": "fast",
            "litellm_params": {"model": "openai/up", "api_base": "http://127.0.0.1:1/v1", **params},
            "apis": apis,
        }
    )


class Recording(UpstreamClient):
    """Notes what would be sent."""

    def __init__(self):
        super().__init__()
        self.sent = []

    async def request(self, method, target, headers, body=b"", *, further=(), read_timeout=None):
        path = str(target.path if hasattr(target, "path") else target)
        self.sent.append((method, path, dict([*headers, *further]), body, read_timeout))


async def test_a_call_is_sent_with_the_deployments_credentials_and_timeouts():
    client = Recording()
    settings = entry(api_key="secret", organization="org", extra_headers={"x-team": "a"}, timeout=7, stream_timeout=3)
    backend = OpenAIBackend(client, lambda _: settings)
    await backend.send(DEPLOYMENT, "/chat/completions", b"{}", Headers(), stream=False)
    await backend.send(
        DEPLOYMENT,
        "/chat/completions",
        b"{}",
        Headers.of({"x-trace": "1", "authorization": "Bearer mine"}),
        stream=True,
    )
    (method, _, headers, body, timeout), (_, _, further, _, stream_timeout) = client.sent
    assert (method, body, timeout, stream_timeout) == ("POST", b"{}", 7, 3)
    assert headers[b"authorization"] == b"Bearer secret"
    assert headers[b"openai-organization"] == b"org"
    assert headers[b"x-team"] == b"a"
    assert further[b"x-trace"] == b"1"
    assert further[b"authorization"] == b"Bearer secret"


async def test_an_api_is_hoped_for_until_it_is_denied_unless_the_settings_say():
    hoping = OpenAIBackend(Recording(), lambda _: entry())
    assert hoping.offers(DEPLOYMENT, "responses")
    hoping.lacks(DEPLOYMENT, "responses")
    assert not hoping.offers(DEPLOYMENT, "responses")
    assert hoping.offers(DEPLOYMENT, "chat")
    told = OpenAIBackend(Recording(), lambda _: entry(apis=["chat"]))
    assert [told.offers(DEPLOYMENT, api) for api in ("chat", "responses")] == [True, False]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ConnectTimeout("o", "x"), 504), (ReadTimeout("o", "x"), 504), (ConnectFailed("o", "x"), 502),
        (ProtocolError("o", "x"), 502),
        (ConnectionClosed("o", "x", response_started=True), 502),
    ],
)  # fmt: skip
def test_a_transports_failure_is_a_failed_attempt(error, status):
    attempt = attempt_error(error)
    assert attempt.status_code == status
    assert attempt.code
    assert attempt.message
