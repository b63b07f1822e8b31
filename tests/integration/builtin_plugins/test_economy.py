"""Who asks, what it costs, what is kept, and what is logged: the plugins for it together, as people run them."""

import json

import httpx
import yaml
from tests.fakes.gateway_process import running

from routeiq_builtin_plugins.api_key_auth.keys import hash_of

KEYS = {name: f"riq_{name * 40}" for name in "ab"}
CONFIGS = {
    "api-key-auth": {"keys": [{"id": name, "hash": hash_of(key)} for name, key in KEYS.items()]},
    "cost-tracker": {
        "prices": [{"model": "echo", "input": 1000, "output": 1000}],
        "budgets": [{"name": "day", "limit": 1, "window": "day"}],
    },
    "request-log": {"output": {"file": "log.jsonl"}},
    "response-cache": {},
}


def test_two_keys_each_with_its_own(tmp_path):
    folder = tmp_path / "config" / "plugins"
    folder.mkdir(parents=True)
    for name, config in CONFIGS.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(config))
    with running(tmp_path, {}, {"plugins": {name: {"enabled": True} for name in CONFIGS}}) as gateway:

        def ask(key, **more):
            body = {"model": "echo", "messages": [{"role": "user", "content": "one two"}], "max_tokens": 9, **more}
            headers = {"authorization": f"Bearer {KEYS[key]}"}
            return httpx.post(f"{gateway.url}/v1/chat/completions", json=body, headers=headers, timeout=30)

        answers = [ask(key, stream=stream) for key in "ab" for stream in (False, True, False)]
        sources = [answer.headers["cache-status"].partition(";")[2].split(";")[0].strip() for answer in answers]
        assert sources == ["fwd=miss", "hit", "hit"] * 2
        assert all(
            "one two" in answer.text for answer in answers if answer.headers["content-type"] != "text/event-stream"
        )
        refused = ask("a", max_tokens=2000, temperature=1)
        assert (refused.status_code, refused.json()["error"]["type"]) == (429, "insufficient_quota")
        page = httpx.get(f"{gateway.url}/v1/usage", headers={"authorization": f"Bearer {KEYS['a']}"}, timeout=30).json()
        assert (page["key"], page["budgets"][0]["used"]) == ("a", 0.004)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    calls = [line for line in lines if line["event.name"] == "gen_ai.client.inference"]
    assert [line.get("routeiq.answered_by", line.get("routeiq.plugin")) for line in calls] == [
        None, "response-cache", "response-cache", None, "response-cache", "response-cache", "cost-tracker",
    ]  # fmt: skip
    requests = {line["routeiq.request.id"] for line in lines if line["event.name"] == "http.server.request"}
    assert {line["routeiq.request.id"] for line in calls} < requests
    assert not any(key in line for key in KEYS.values() for line in map(json.dumps, lines))
