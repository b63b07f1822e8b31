"""Routing strategies of plugins in the gateway: chosen by the settings, asked for the order, told of the outcome."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Any

import pytest
from routeiq_plugin_sdk import Deployment, LLMCall, PluginCapability, PluginMetadata, Reject, RoutingStrategy, hookimpl
from routeiq_plugin_sdk.testing import PluginTestHarness, UpstreamFailure

from routeiq import PluginManager
from routeiq.core.errors import ConfigurationError
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.app import Gateway
from routeiq.gateway.settings import GatewaySettings
from routeiq.gateway.strategies import check_strategies


class ByName(RoutingStrategy):
    """Orders by name, the last one first, and keeps what it is told."""

    def __init__(self, log: list[Any], reverse: bool = True) -> None:
        self.log, self.reverse = log, reverse

    def order(self, call: LLMCall, deployments: Sequence[Deployment], context: Any) -> Sequence[Deployment]:
        self.log.append(("order", [one.name for one in deployments]))
        return sorted(deployments, key=lambda one: one.name, reverse=self.reverse)

    def succeeded(self, call: LLMCall, deployment: Deployment, seconds: float, context: Any) -> None:
        self.log.append(("succeeded", deployment.name, seconds >= 0))

    def failed(self, call: LLMCall, deployment: Deployment, exception: Any, seconds: float, context: Any) -> None:
        self.log.append(("failed", deployment.name, exception.status_code))


def plugin(**strategies: Any) -> Any:
    module = types.ModuleType("p")
    module.metadata = PluginMetadata(  # type: ignore[attr-defined]
        name="p", capabilities={PluginCapability.ROUTING_STRATEGY}
    )

    def register_routing_strategies() -> Any:
        return {name.replace("_", "-"): factory for name, factory in strategies.items()}

    module.register_routing_strategies = hookimpl(register_routing_strategies)  # type: ignore[attr-defined]
    return module


def settings(strategy: Any, **router: Any) -> dict[str, Any]:
    entries = [
        {
            "model_name": model,
            "litellm_params": {"model": "openai/up", "api_base": "https://upstream.test/v1"},
            "model_info": {"id": f"{model}{number}"},
        }
        for model in ("m", "n")
        for number in range(3)
    ]
    return {
        "model_list": entries,
        "router_settings": {"routing_strategy": strategy, "retry_after": 0, "num_retries": 3, **router},
    }


async def deployments(harness: PluginTestHarness, *answers: Any, model: str = "m") -> list[str]:
    harness.upstream.requests.clear()
    await harness.llm_call("hi", model=model, answer=answers or "ok")
    return [request.deployment for request in harness.upstream.requests]


async def test_a_strategy_orders_the_attempts_and_learns_how_they_went() -> None:
    log: list[Any] = []
    async with PluginTestHarness(plugin(by_name=lambda model: ByName(log)), settings=settings("by-name")) as harness:
        assert await deployments(harness, UpstreamFailure(500), UpstreamFailure(0), "ok") == ["m2", "m1", "m0"]
    assert sorted(log[0][1]) == ["m0", "m1", "m2"]
    assert log[1:] == [("failed", "m2", 500), ("failed", "m1", 502), ("succeeded", "m0", True)]


async def test_several_follow_each_other_and_models_have_their_own() -> None:
    log: list[Any] = []

    class Last(RoutingStrategy):
        def order(self, call: LLMCall, deployments: Sequence[Deployment], context: Any) -> Sequence[Deployment]:
            return deployments[:1]

    one = plugin(by_name=lambda model: ByName(log), only_first=lambda model: Last())
    chosen = settings({"m": ["simple-shuffle", "by-name", "only-first"], "*": "by-name"})
    async with PluginTestHarness(one, settings=chosen) as harness:
        assert await deployments(harness, UpstreamFailure(500), "ok") == ["m2", "m2"]  # retried where there is one
        assert await deployments(harness, model="n") == ["n2"]


async def test_one_that_cools_down_is_not_offered_and_tried_last() -> None:
    log: list[Any] = []
    chosen = settings("by-name", allowed_fails=0, cooldown_time=60)
    async with PluginTestHarness(plugin(by_name=lambda model: ByName(log)), settings=chosen) as harness:
        assert await deployments(harness, UpstreamFailure(500), "ok") == ["m2", "m1"]
        assert await deployments(harness, *[UpstreamFailure(400)]) == ["m1"]
        assert sorted(log[-2][1]) == ["m0", "m1"]
        failures = [UpstreamFailure(500)] * 2
        assert await deployments(harness, *failures, "ok") == ["m1", "m0", "m2"]


async def test_what_a_strategy_does_not_admit_no_other_one_orders_and_nobody_tries() -> None:
    class Strict(ByName):
        def admits(self, call: LLMCall, deployment: Deployment, context: Any) -> bool:
            return deployment.name != "m2" or not self.log

        def began(self, call: LLMCall, deployment: Deployment, context: Any) -> None:
            self.log.append(("began", deployment.name))

    chosen = settings("strict", allowed_fails=0, cooldown_time=60, num_retries=1)
    async with PluginTestHarness(plugin(strict=lambda model: Strict([])), settings=chosen) as harness:
        assert await deployments(harness, UpstreamFailure(500), "ok") == ["m2", "m1"]
        failures = [UpstreamFailure(500)] * 2
        assert "m2" not in await deployments(harness, *failures)


async def test_a_refusal_of_a_strategy_is_the_answer() -> None:
    class Nobody(RoutingStrategy):
        def order(self, call: LLMCall, deployments: Sequence[Deployment], context: Any) -> Sequence[Deployment]:
            raise Reject(503, "none is left", "no_deployment", {"retry-after": "7"})

    async with PluginTestHarness(plugin(nobody=lambda model: Nobody()), settings=settings("nobody")) as harness:
        result = await harness.llm_call("hi")
        assert (result.status_code, result.headers.get("retry-after")) == (503, "7")
        assert (await harness.llm_call("hi", model="unknown")).status_code == 404
        assert harness.upstream.requests == []


async def test_a_deployment_that_a_plugin_chose_needs_no_order() -> None:
    log: list[Any] = []

    class Chooser:
        metadata = PluginMetadata(name="chooser", capabilities={PluginCapability.ROUTING_STRATEGY})

        @hookimpl
        def pre_routing(self) -> str:
            return "m1"

    chosen = settings("by-name")
    async with PluginTestHarness(plugin(by_name=lambda model: ByName(log)), Chooser(), settings=chosen) as harness:
        assert await deployments(harness) == ["m1"]
    assert log == []


async def test_without_its_plugin_calls_go_on_and_it_is_said_once() -> None:
    async with PluginTestHarness(plugin(other=lambda model: ByName([])), settings=settings("by-name")) as harness:
        assert len(await deployments(harness)) == 1
        assert len(await deployments(harness)) == 1
        told = [line for line in harness.logs if "no plugin has the routing strategy 'by-name'" in line.event]
        assert len(told) == 1


def test_an_unknown_name_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_strategies(["least-latancy", "weighted"], {"least-latency": "model-router", "weighted": "w"}, "r.yaml")
    (problem,) = caught.value.problems
    assert str(problem).startswith("r.yaml: router_settings.routing_strategy: there is no routing strategy")
    assert "did you mean 'least-latency'?" in problem.message
    assert "least-latency (of model-router), simple-shuffle (of the router), weighted (of w)" in problem.message


async def test_a_gateway_whose_settings_name_an_unknown_strategy_does_not_start() -> None:
    parsed = GatewaySettings.model_validate({**settings("by-nane"), "storage": "memory"})
    manager = PluginManager(ManagerSettings())
    manager.register(plugin(by_name=lambda model: ByName([])))
    gateway = Gateway(parsed, manager, MemoryState())
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None:
        sent.append(message)

    await gateway({"type": "lifespan"}, receive, send)
    assert sent[0]["type"] == "lifespan.startup.failed"
    assert "did you mean 'by-name'?" in sent[0]["message"]
    assert not manager.running
