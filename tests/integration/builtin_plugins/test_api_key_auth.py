"""`api-key-auth` in a gateway that is served: clients of both APIs, found by its entry point or its module."""

import httpx
import pytest
import yaml
from tests.fakes.gateway_process import running

from routeiq_builtin_plugins.api_key_auth.keys import hash_of

ALICE, OLD = "riq_" + "a" * 40, "riq_" + "o" * 40
KEYS = [
    {"id": "alice", "hash": hash_of(ALICE), "models": ["echo"], "roles": ["developer"]},
    {"id": "old", "hash": hash_of(OLD), "expires": "2020-01-01T00:00:00Z"},
]
BODY = {"model": "echo", "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "config" / "plugins").mkdir(parents=True)
    (folder / "config" / "plugins" / "api-key-auth.yaml").write_text(yaml.safe_dump({"keys": KEYS}))
    with running(
        folder,
        {},
        {"plugins": {"api-key-auth": {"enabled": True}}, "storage": "memory"},
        1,
        {"ROUTEIQ_LOG_LEVEL": "debug"},
    ) as one:
        yield one


def post(gateway, path="/v1/chat/completions", model="echo", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(gateway.url + path, json={**BODY, "model": model}, headers=named, timeout=30)


def test_clients_of_both_apis_are_known_by_their_keys(gateway):
    assert post(gateway, authorization=f"Bearer {ALICE}").status_code == 200
    assert post(gateway, "/v1/messages", x_api_key=ALICE).status_code == 200


def test_nobody_else_is_served_and_told_so_in_the_shape_of_the_api(gateway):
    for headers in (
        {},
        {"authorization": f"Bearer {ALICE}x"},
        {"x_api_key": KEYS[0]["hash"]},
        {"authorization": "Basic eDp5"},
    ):
        answer = post(gateway, **headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert post(gateway, "/v1/messages").json()["error"]["type"] == "authentication_error"


def test_a_key_that_is_out_of_date_is_told_so(gateway):
    answer = post(gateway, authorization=f"Bearer {OLD}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "expired_api_key")
    assert post(gateway, authorization=f"Bearer {OLD}", x_api_key=ALICE).status_code == 200


def test_a_model_that_is_not_the_keys_is_refused(gateway):
    assert post(gateway, model="other", authorization=f"Bearer {ALICE}").status_code == 403


def test_outcomes_are_counted_and_no_key_is_logged(gateway):
    post(gateway, authorization=f"Bearer {ALICE}")
    post(gateway, x_api_key="riq_" + "z" * 40)
    told = httpx.get(f"{gateway.url}/metrics").text
    assert 'routeiq_plugin_api_key_auth_requests_total{outcome="known"}' in told
    assert 'routeiq_plugin_api_key_auth_requests_total{outcome="unknown"}' in told
    for secret in ("a" * 40, "o" * 40, "z" * 40):
        assert secret not in gateway.log
