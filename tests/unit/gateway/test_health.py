"""The health endpoints: what an orchestrator is told, whatever the plugins are like."""

import json
from types import ModuleType

import pytest
from routeiq_plugin_sdk import PluginMetadata, hookimpl

from routeiq.core.manager import PluginManager
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.group import Answers, PeerFailure, SoloGroup
from routeiq.gateway.health import HealthEndpoint


async def get(endpoint, path, method="GET"):
    sent = []

    async def send(message):
        sent.append(message)

    await endpoint({"type": "http", "method": method, "path": path}, None, send)
    start, body = sent
    headers = dict(start["headers"])
    if method != "HEAD":
        assert int(headers[b"content-length"]) == len(body["body"])
    return start["status"], headers, json.loads(body["body"] or "null")


def plugin(answer):
    module = ModuleType("sick")
    module.metadata = PluginMetadata(name="sick", version="1")

    @hookimpl
    def health_check():
        if isinstance(answer, Exception):
            raise answer
        return answer

    module.health_check = health_check
    return module


@pytest.fixture
def manager():
    return PluginManager(ManagerSettings())


async def test_a_process_that_answers_lives(manager):
    assert (await get(HealthEndpoint(manager), "/health/live"))[::2] == (200, {"status": "ok"})


async def test_it_is_ready_while_the_manager_runs_and_only_then(manager):
    endpoint = HealthEndpoint(manager)
    assert (await get(endpoint, "/health/ready"))[0] == 503
    async with manager:
        assert (await get(endpoint, "/health/ready"))[::2] == (
            200,
            {"status": "ok", "plugins": {}, "backends": {}, "storage": "ok"},
        )
    assert (await get(endpoint, "/health/ready"))[0] == 503


@pytest.mark.parametrize(
    ("answer", "status", "word"),
    [
        ({"status": "ok", "items": 3}, 200, "ok"),
        ({"status": "degraded"}, 200, "degraded"),
        ({"status": "failed"}, 503, "failed"),
        (ValueError("secret-reason"), 503, "failed"),
        ({"status": "ok", "odd": object(), 7: 1}, 200, "ok"),
    ],
)
async def test_a_plugins_health_decides_and_is_shown(manager, answer, status, word):
    manager.register(plugin(answer))
    async with manager:
        got, _, document = await get(HealthEndpoint(manager), "/health/ready")
    assert (got, document["status"], document["plugins"]["sick"]["status"]) == (status, word, word)
    assert "secret-reason" not in str(document)


async def test_a_deployment_that_cools_down_degrades_and_does_not_fail(manager):
    async with manager:
        endpoint = HealthEndpoint(manager, lambda: {"a:1": "cooling", "a:2": "ok"})
        got, _, document = await get(endpoint, "/health/ready")
    assert (got, document["status"], document["backends"]["a:1"]) == (200, "degraded", "cooling")


async def test_a_store_that_is_away_degrades_and_does_not_fail(manager):
    class Away(MemoryState):
        available = False
        reason = "no answer from internal-host"

    async with manager:
        got, _, document = await get(HealthEndpoint(manager, state=Away()), "/health/ready")
    assert (got, document["status"], document["storage"]) == (200, "degraded", "unavailable")
    assert "internal-host" not in str(document)


async def test_only_reading_is_allowed_and_only_there(manager):
    endpoint = HealthEndpoint(manager)
    status, headers, document = await get(endpoint, "/health/live", "POST")
    assert (status, headers[b"allow"]) == (405, b"GET, HEAD")
    assert document["error"]["message"]
    assert (await get(endpoint, "/health/else"))[0] == 404
    assert (await get(endpoint, "/health/live", "HEAD"))[::2] == (200, None)


async def test_answers_are_not_cached(manager):
    assert (await get(HealthEndpoint(manager), "/health/live"))[1][b"cache-control"] == b"no-store"


class Workers(SoloGroup):
    """A group of two, of which the other one answers, or does not."""

    size = 2

    def __init__(self, answer=None, failures=()):
        super().__init__()
        self.answers = Answers({} if answer is None else {1: answer}, failures)

    async def ask(self, topic, payload=None, timeout=5.0):
        return self.answers


HEALTHY = {"status": "ok", "plugins": {}, "backends": {}, "storage": "ok"}


async def test_of_several_workers_the_worst_counts(manager):
    manager.register(plugin({"status": "degraded", "reason": "slow"}))
    other = {
        "status": "failed",
        "plugins": {"sick": {"status": "failed"}, "p": {"status": "degraded"}},
        "backends": {"a:1": "ok", "a:2": "loading"},
        "storage": "unavailable",
    }
    async with manager:
        endpoint = HealthEndpoint(manager, lambda: {"a:1": "cooling", "a:2": "ok"}, group=Workers(other))
        status, _, document = await get(endpoint, "/health/ready")
    assert (status, document) == (
        503,
        {
            "status": "failed",
            "plugins": {"sick": {"status": "failed"}, "p": {"status": "degraded"}},
            "backends": {"a:1": "cooling", "a:2": "loading"},
            "storage": "unavailable",
            "workers": {"0": "degraded", "1": "failed"},
        },
    )


async def test_where_all_workers_are_well_it_is_said_of_each(manager):
    async with manager:
        endpoint = HealthEndpoint(manager, group=Workers(HEALTHY))
        assert (await get(endpoint, "/health/ready"))[::2] == (200, {**HEALTHY, "workers": {"0": "ok", "1": "ok"}})


async def test_a_worker_that_does_not_say_how_it_is_makes_readiness_degraded(manager):
    async with manager:
        endpoint = HealthEndpoint(manager, group=Workers(failures=(PeerFailure(1, "slow", "is slow"),)))
        status, _, document = await get(endpoint, "/health/ready")
    assert (status, document["status"], document["workers"]) == (200, "degraded", {"0": "ok", "1": "degraded"})


async def test_workers_tell_each_other_what_json_can_hold(manager):
    manager.register(plugin({"status": "ok", "since": object, 5: "five"}))
    group = Workers(HEALTHY)
    HealthEndpoint(manager, group=group)
    async with manager:
        told = await group._handlers._answers["health"](None)
    assert told["plugins"] == {"sick": {"status": "ok", "since": "<class 'object'>", "5": "five"}}
