"""`circuit-breaker` in a gateway."""

import asyncio
import contextlib
from collections import Counter

from routeiq_plugin_sdk import Deployment, LLMCall
from routeiq_plugin_sdk.testing import PluginTestHarness, UpstreamFailure

from routeiq import PluginManager
from routeiq.core.attempts import AttemptError
from routeiq.core.memory_storage import MemoryStorage
from routeiq.core.settings import ManagerSettings, PluginOverride
from routeiq_builtin_plugins import model_router
from routeiq_builtin_plugins.circuit_breaker import CircuitBreaker

CONFIG = {"consecutive_failures": 2, "open_seconds": 30, "trial_successes": 1}


def settings(count=2, strategy=("simple-shuffle", "circuit-breaker"), **router):
    entries = [
        {
            "model_name": "m",
            "litellm_params": {"model": "openai/up"},
            "model_info": {"id": f"m{number}"},
        }
        for number in range(count)
    ]
    given = {"routing_strategy": list(strategy), "num_retries": 3, "cooldown_time": 0, **router}
    return {"model_list": entries, "router_settings": given}


def failing(*names):
    return lambda asked: UpstreamFailure(500) if asked.deployment in names else "ok"


async def test_a_deployment_that_fails_is_left_alone_tried_by_one_call_and_taken_back():
    async with PluginTestHarness(CircuitBreaker, config=CONFIG, settings=settings()) as harness:
        harness.upstream.default = failing("m0")
        for _ in range(30):
            assert (await harness.llm_call()).text == "ok"
        asked = [request.deployment for request in harness.upstream.requests]
        assert asked.count("m0") == 2
        assert (await harness.health())["plugins"]["circuit-breaker"]["circuits"] == {"m0": "open"}
        assert harness.metric("open_circuits", deployment="m0") == 1

        await harness.advance_time(30)
        harness.upstream.requests.clear()
        assert (await harness.llm_call()).text == "ok"  # the trial fails, and the call falls back
        assert [request.deployment for request in harness.upstream.requests] == ["m0", "m1"]

        await harness.advance_time(60)
        harness.upstream.default = "ok"
        harness.upstream.requests.clear()
        await harness.llm_call()
        assert [request.deployment for request in harness.upstream.requests] == ["m0"]
        assert harness.metric("open_circuits", deployment="m0") == 0
        told = [event.name for event in harness.events if event.name.startswith("circuit-breaker.")]
        assert told == [
            f"circuit-breaker.{word}" for word in ("opened", "half-opened", "opened", "half-opened", "closed")
        ]


async def test_where_none_is_left_calls_are_refused_at_once():
    async with PluginTestHarness(CircuitBreaker, config=CONFIG, settings=settings(1, num_retries=0)) as harness:
        harness.upstream.default = failing("m0")
        assert [(await harness.llm_call()).status_code for _ in range(2)] == [500, 500]
        refused = await harness.llm_call(api="messages")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
        assert len(harness.upstream.requests) == 2
        assert harness.metric("refused_calls", model="m") == 1


async def test_what_cools_down_is_not_the_last_resort_where_its_circuit_is_open():
    chosen = settings(allowed_fails=0, cooldown_time=600, num_retries=1)
    async with PluginTestHarness(CircuitBreaker, config=CONFIG, settings=chosen) as harness:
        harness.upstream.default = failing("m0", "m1")
        for _ in range(4):
            await harness.llm_call()
        count = len(harness.upstream.requests)
        assert (await harness.llm_call()).status_code == 503
        assert len(harness.upstream.requests) == count


async def test_what_opens_in_another_worker_opens_here_and_a_storage_that_is_away_changes_nothing():
    async with PluginTestHarness(CircuitBreaker, config=CONFIG, settings=settings()) as harness:
        for _ in range(20):
            await harness.llm_call()
        await harness.context.storage.set("open:m0", "another worker", expires_in=5)
        await harness.advance_time(1)
        harness.upstream.requests.clear()
        for _ in range(10):
            await harness.llm_call()
        assert {request.deployment for request in harness.upstream.requests} == {"m1"}
        await harness.advance_time(10)
        harness.upstream.requests.clear()
        for _ in range(20):
            await harness.llm_call()
        assert {request.deployment for request in harness.upstream.requests} == {"m0", "m1"}

        harness.fail_next("storage", times=100)
        harness.upstream.default = failing("m0")
        for _ in range(20):
            await harness.llm_call()
        await harness.advance_time(3)
        assert (await harness.health())["plugins"]["circuit-breaker"]["circuits"] == {"m0": "open"}
        assert [line.event for line in harness.logs].count(
            "circuits are each worker's own while the storage is away"
        ) == 1


async def test_the_shares_of_the_others_stay_right_while_one_is_open_and_a_trial_comes_first():
    chosen = settings(3, strategy=["weighted", "circuit-breaker"])
    async with PluginTestHarness(CircuitBreaker, model_router, config=CONFIG, settings=chosen) as harness:
        harness.upstream.default = failing("m0")
        for _ in range(12):
            await harness.llm_call()
        harness.upstream.requests.clear()
        for _ in range(10):
            await harness.llm_call()
        assert Counter(request.deployment for request in harness.upstream.requests) == {"m1": 5, "m2": 5}
        await harness.advance_time(30)
        harness.upstream.requests.clear()
        harness.upstream.default = "ok"
        await harness.llm_call()
        assert [request.deployment for request in harness.upstream.requests] == ["m0"]


async def test_workers_that_share_a_storage_know_of_each_others_open_circuits():
    storage, (a, b) = MemoryStorage(), (Deployment(name, "m", "up") for name in "ab")
    names = {"router_settings": {"routing_strategy": "circuit-breaker"}}
    seconds = {"ROUTEIQ_PLUGIN_CIRCUIT_BREAKER_SHARE_SECONDS": "0.02"}
    wanted = {"circuit-breaker": PluginOverride(enabled=True)}
    async with contextlib.AsyncExitStack() as stack:
        workers = []
        for number in range(2):
            told = ManagerSettings(plugins=wanted, gateway=names, environment=seconds, worker=number)
            manager = PluginManager(told, storage=storage)
            manager.register(CircuitBreaker)
            await stack.enter_async_context(manager)
            workers.append(manager.plans.strategies["circuit-breaker"])
        one, other = workers
        assert other.order(LLMCall.mock(), "m", (a, b)) == [a, b]
        for _ in range(5):
            one.failed(LLMCall.mock(), "m", a, AttemptError(502, "away"), 0.1)
        async with asyncio.timeout(5):
            while other.order(LLMCall.mock(), "m", (a, b)) != [b]:
                await asyncio.sleep(0.01)


async def test_that_nothing_names_it_is_said_at_the_start():
    chosen = settings(strategy=["simple-shuffle"])
    async with PluginTestHarness(CircuitBreaker, settings=chosen) as harness:
        assert any("nothing is protected" in line.event for line in harness.logs)
    async with PluginTestHarness(CircuitBreaker, settings=settings()) as harness:
        assert not any("nothing is protected" in line.event for line in harness.logs)
