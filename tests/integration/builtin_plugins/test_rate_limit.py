"""`rate-limit` in gateways that are served: exact over workers and replicas, in the shape of the client's API."""

import contextlib
import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import yaml
from tests.fakes.gateway_process import running

pytestmark = pytest.mark.processes

BODY = {"model": "echo", "max_tokens": 9, "messages": [{"role": "user", "content": "one two three four"}]}
CHAT = "/v1/chat/completions"


def prepared(folder, limits, **config):
    (folder / "config" / "plugins").mkdir(parents=True)
    (folder / "config" / "plugins" / "rate-limit.yaml").write_text(yaml.safe_dump({"limits": limits, **config}))
    return folder


@contextlib.contextmanager
def limited(folder, limits, workers=1, storage="memory", **config):
    settings = {"plugins": {"rate-limit": {"enabled": True}}}
    if storage is not None:
        settings["storage"] = storage
    with running(prepared(folder, limits, **config), {}, settings, workers) as one:
        yield one


def post(gateway, path=CHAT, **changes):
    return httpx.post(gateway.url + path, json={**BODY, **changes}, timeout=30)


def granted_of(gateways, requests):
    """Return how many requests were granted, made at once by 8 clients, and the other answers' statuses."""
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda n: post(gateways[n % len(gateways)]).status_code, range(requests)))
    return statuses.count(200), {status for status in statuses if status != 200}


def test_two_workers_grant_exactly_the_limit(tmp_path):
    limits = [
        {"name": "all", "limit": 37, "window": 600, "by": []},
        {"name": "model", "limit": 1000, "window": 600, "by": ["model"]},
    ]
    with limited(tmp_path, limits, workers=2, storage=None) as one:
        assert granted_of([one], 80) == (37, {429})


def test_two_replicas_of_two_workers_grant_exactly_the_limit(tmp_path, redis_server):
    pytest.importorskip("redis", reason="needs routeiq[redis]")
    limits = [{"name": "calls", "limit": 41, "window": 600, "by": ["ip", "model"]}]
    with contextlib.ExitStack() as stack:
        replicas = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            replicas.append(stack.enter_context(limited(tmp_path / name, limits, 2, redis_server.url)))
        assert granted_of(replicas, 100) == (41, {429})


def test_a_client_is_told_how_it_stands_and_when_to_come_again(tmp_path):
    limits = [
        {"name": "requests", "limit": 3, "window": 600, "by": ["ip"]},
        {"name": "echo", "limit": 2, "window": 300, "by": ["model", "user"]},
    ]
    with limited(tmp_path, limits) as one:
        first = post(one)
        assert first.headers["ratelimit-policy"] == '"requests";q=3;w=600, "echo";q=2;w=300'
        assert first.headers["ratelimit"].startswith('"requests";r=2;t=')
        assert post(one).status_code == 200
        refused = post(one)
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limit_exceeded")
        assert (
            "'echo' is reached: 2 requests in 300 seconds for each model and user" in refused.json()["error"]["message"]
        )
        assert 1 <= int(refused.headers["retry-after"]) <= 300
        assert refused.headers["ratelimit"].startswith('"echo";r=0;t=')
        assert post(one, "/v1/messages").json()["error"]["type"] == "rate_limit_error"
        # What was refused by one limit has taken nothing from the other: a user of its own still has a request.
        assert post(one, user="another").status_code == 200
        last = post(one, user="a third")
        assert (last.status_code, last.headers["ratelimit-policy"]) == (429, '"requests";q=3;w=600')
        told = httpx.get(f"{one.url}/metrics").text
        assert 'routeiq_plugin_rate_limit_decisions_total{limit="echo",outcome="refused"} 2' in told


@pytest.mark.parametrize("stream", [False, True])
def test_tokens_are_reserved_and_then_corrected_to_what_was_used(tmp_path, stream):
    limits = [{"name": "tokens", "unit": "tokens", "limit": 100, "window": 600, "by": []}]
    with limited(tmp_path, limits) as one:
        answer = post(one, stream=stream, max_tokens=60, stream_options={"include_usage": True} if stream else None)
        assert answer.status_code == 200
        # Four tokens of a prompt of 18 characters, rounded up, and the bound of the answer.
        assert answer.headers["ratelimit"].startswith('"tokens";r=35;')
        if stream:
            events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")]
            used = next(event["usage"] for event in events if event.get("usage"))["total_tokens"]
        else:
            used = answer.json()["usage"]["total_tokens"]
        assert post(one, max_tokens=10).headers["ratelimit"].startswith(f'"tokens";r={100 - used - 15};')
        assert post(one, max_tokens=100).status_code == 429


def test_a_call_that_failed_has_used_no_tokens(tmp_path):
    limits = [{"name": "tokens", "unit": "tokens", "limit": 100, "window": 600, "by": []}]
    with limited(tmp_path, limits, headers=False) as one:
        for _ in range(3):
            assert post(one, model="no-such-model", max_tokens=90).status_code == 404
        answer = post(one, max_tokens=90)
        assert answer.status_code == 200
        assert "ratelimit" not in answer.headers


@pytest.mark.parametrize(("on_outage", "status"), [("allow", 200), ("refuse", 503)])
def test_without_its_storage_requests_are_allowed_or_refused_as_configured(tmp_path, redis_server, on_outage, status):
    pytest.importorskip("redis", reason="needs routeiq[redis]")
    limits = [{"name": "all", "limit": 1, "window": 600, "by": []}]
    with limited(tmp_path, limits, storage=redis_server.url, on_outage=on_outage) as one:
        assert post(one).status_code == 200
        assert post(one).status_code == 429
        redis_server.kill()
        answer = post(one)
        assert answer.status_code == status
        if status == 503:
            assert answer.json()["error"]["code"] == "rate_limit_unavailable"
            assert answer.headers["retry-after"] == "5"
        assert "routeiq_plugin_rate_limit_outages_total 1" in httpx.get(f"{one.url}/metrics").text
