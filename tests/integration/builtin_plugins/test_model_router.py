"""`model-router` in a gateway."""

from collections import Counter

import pytest
from routeiq_plugin_sdk import Principal
from routeiq_plugin_sdk.testing import PluginTestHarness, UpstreamFailure

from routeiq_builtin_plugins import model_router

EXPERIMENT = {"name": "new-model", "model": "chat", "variants": {"fast": 60, "better": 40}}


def settings(strategy="simple-shuffle", **prices):
    entries = [
        {
            "model_name": model,
            "litellm_params": {"model": f"openai/{model}", "input_cost_per_token": prices.get(f"{model}{number}", 1.0)},
            "model_info": {"id": f"{model}{number}"},
        }
        for model in ("chat", "fast", "better")
        for number in (1, 2)
    ]
    return {"model_list": entries, "router_settings": {"routing_strategy": strategy}}


async def test_users_stay_with_their_variant_and_are_told_which_it_is():
    async with PluginTestHarness(model_router, config={"experiments": [EXPERIMENT]}, settings=settings()) as harness:
        seen = {}
        for user in [f"user{number}" for number in range(12)] * 2:
            result = await harness.llm_call(model="chat", principal=Principal(user), stream=user == "user1")
            variant = result.headers["x-routeiq-variant"]
            assert seen.setdefault(user, variant) == variant
            assert f"new-model={harness.upstream.requests[-1].model}" == variant
        assert set(seen.values()) == {"new-model=fast", "new-model=better"}
        counted = [
            harness.metric("experiment_calls", experiment="new-model", variant=variant, outcome="success")
            for variant in ("fast", "better")
        ]
        assert sum(counted) == 24
        assert harness.metric("experiment_tokens", experiment="new-model", variant="fast") > 0
        assert harness.metric("experiment_cost", experiment="new-model", variant="fast") > 0
        assert "x-routeiq-variant" not in (await harness.llm_call(model="fast")).headers


async def test_a_variant_falls_back_among_its_deployments_and_its_failures_are_counted():
    only = {**EXPERIMENT, "variants": {"better": 100}}
    async with PluginTestHarness(model_router, config={"experiments": [only]}, settings=settings()) as harness:
        failing = [UpstreamFailure(500), "ok"]
        assert (await harness.llm_call(model="chat", answer=failing)).text == "ok"
        assert {request.model for request in harness.upstream.requests} == {"better"}
        await harness.llm_call(model="chat", answer=UpstreamFailure(400))
        labels = {"experiment": "new-model", "variant": "better"}
        assert harness.metric("experiment_calls", outcome="success", **labels) == 1
        assert harness.metric("experiment_calls", outcome="failure", **labels) == 1


async def test_an_alias_is_another_name_and_plugins_calls_are_left_alone():
    config = {"aliases": {"gpt-4o": "fast", "one": "better2"}}
    async with PluginTestHarness(model_router, config=config, settings=settings()) as harness:
        await harness.llm_call(model="gpt-4o")
        await harness.llm_call(model="one")
        assert [request.model for request in harness.upstream.requests] == ["fast", "better"]
        assert harness.upstream.requests[1].deployment == "better2"
        assert "response_headers" not in harness.called()


@pytest.mark.parametrize(
    ("strategy", "config", "shares"),
    [
        ("weighted", {"weights": {"fast1": 3}}, {"fast1": 6, "fast2": 2}),
        ("cost-aware", {}, {"fast2": 8}),
    ],
)
async def test_strategies_spread_calls(strategy, config, shares):
    chosen = settings(strategy, fast1=5.0, fast2=1.0)
    async with PluginTestHarness(model_router, config=config, settings=chosen) as harness:
        for _ in range(8):
            await harness.llm_call(model="fast")
        assert Counter(request.deployment for request in harness.upstream.requests) == shares


async def test_least_latency_leaves_what_fails_and_weights_change_at_run_time():
    config = {"latency": {"explore": 0}}
    chosen = settings({"fast": "least-latency", "*": "weighted"})
    async with PluginTestHarness(model_router, config=config, settings=chosen) as harness:
        harness.upstream.default = lambda asked: UpstreamFailure(500) if asked.deployment == "fast1" else "ok"
        for _ in range(6):
            await harness.llm_call(model="fast")
        assert [request.deployment for request in harness.upstream.requests].count("fast1") == 1
        harness.upstream.requests.clear()
        await harness.change_config(weights={"better1": 0})
        for _ in range(3):
            await harness.llm_call(model="better")
        assert {request.deployment for request in harness.upstream.requests} == {"better2"}
