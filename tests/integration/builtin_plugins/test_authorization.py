"""`authorization` behind `api-key-auth` in a gateway that is served."""

import httpx
import pytest
import yaml
from tests.fakes.gateway_process import running

from routeiq_builtin_plugins.api_key_auth.keys import hash_of

KEYS = {name: f"riq_{name * 10}" for name in ("alice", "bobby", "carol")}
RULES = [
    {"name": "no-slow-echo", "effect": "deny", "models": ["slow-*"]},
    {"name": "developers", "roles": ["developer"], "paths": ["/v1/*"]},
    {"name": "batch", "principals": ["bobby"], "methods": ["POST"], "models": ["echo"]},
]
MODELS = [{"model_name": name, "litellm_params": {"model": "echo/echo"}} for name in ("echo", "slow-echo", "other")]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "config" / "plugins").mkdir(parents=True)
    keys = [{"id": name, "hash": hash_of(key)} for name, key in KEYS.items()]
    keys[0]["roles"] = ["developer"]
    (folder / "config" / "plugins" / "api-key-auth.yaml").write_text(yaml.safe_dump({"keys": keys}))
    (folder / "config" / "plugins" / "authorization.yaml").write_text(yaml.safe_dump({"rules": RULES}))
    plugins = {"api-key-auth": {"enabled": True}, "authorization": {"enabled": True}}
    with running(folder, {}, {"plugins": plugins, "storage": "memory", "model_list": MODELS}) as one:
        yield one


def ask(gateway, who, model=None, path="/v1/chat/completions"):
    headers = {"authorization": f"Bearer {KEYS[who]}"}
    if model is None:
        return httpx.get(gateway.url + path, headers=headers, timeout=30)
    body = {"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
    return httpx.post(gateway.url + path, headers=headers, json=body, timeout=30)


@pytest.mark.parametrize(
    ("who", "model", "status"),
    [
        ("alice", "echo", 200), ("alice", "other", 200), ("alice", "slow-echo", 403),
        ("bobby", "echo", 200), ("bobby", "other", 403), ("bobby", "slow-echo", 403),
        ("carol", "echo", 403),
    ],
)  # fmt: skip
def test_models_are_for_those_whom_the_rules_name(gateway, who, model, status):
    answer = ask(gateway, who, model)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error"]["code"] == "not_authorized"


def test_paths_are_for_those_whom_the_rules_name(gateway):
    assert ask(gateway, "alice", path="/v1/models").status_code == 200
    assert ask(gateway, "bobby", path="/v1/models").status_code == 403


def test_clients_of_anthropics_api_are_refused_in_its_shape(gateway):
    answer = ask(gateway, "carol", "echo", "/v1/messages")
    assert (answer.status_code, answer.json()["error"]["type"]) == (403, "permission_error")


def test_decisions_are_counted_by_rule(gateway):
    ask(gateway, "alice", "slow-echo")
    told = httpx.get(f"{gateway.url}/metrics").text
    assert 'routeiq_plugin_authorization_decisions_total{outcome="denied",rule="no-slow-echo"}' in told or (
        'routeiq_plugin_authorization_decisions_total{rule="no-slow-echo",outcome="denied"}' in told
    )
