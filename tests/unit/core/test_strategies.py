"""Routing strategies in a manager: values in the plans, made once for each model, contained like hooks."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Any

import pytest
from routeiq_plugin_sdk import Deployment, LLMCall, PluginCapability, PluginMetadata, Reject, RoutingStrategy, hookimpl

from routeiq import PluginManager
from routeiq.core.errors import HookSignatureError, PluginAborted
from routeiq.core.records import PluginState
from routeiq.core.settings import ManagerSettings, PluginOverride
from routeiq.core.strategies import HOOK, MOST_MODELS, Contribution

ONE, TWO = Deployment("a", "m", "u"), Deployment("b", "m", "u")
CALL = LLMCall.mock()


class Scripted(RoutingStrategy):
    """Does what the test says."""

    made: list[str] = []

    def __init__(self, model: str, result: Any = None) -> None:
        self.model, self.result, self.told = model, result, []

    def order(self, call: LLMCall, deployments: Sequence[Deployment], context: Any) -> Any:
        if isinstance(self.result, Exception):
            raise self.result
        return list(reversed(deployments)) if self.result is None else self.result

    def succeeded(self, call: LLMCall, deployment: Deployment, seconds: float, context: Any) -> None:
        self.told.append(("succeeded", deployment.name, context.plugin))

    def failed(self, call: LLMCall, deployment: Deployment, exception: Exception, seconds: float, context: Any) -> None:
        raise RuntimeError("broken")


def plugin(name: str, strategies: Any, **metadata: Any) -> types.ModuleType:
    module = types.ModuleType(name)
    module.metadata = PluginMetadata(  # type: ignore[attr-defined]
        name=name, capabilities={PluginCapability.ROUTING_STRATEGY}, **metadata
    )

    def register_routing_strategies() -> Any:
        return strategies

    module.register_routing_strategies = hookimpl(register_routing_strategies)  # type: ignore[attr-defined]
    return module


def manager(*plugins: Any, **overrides: PluginOverride) -> PluginManager:
    made = PluginManager(ManagerSettings(plugins=overrides))
    for one in plugins:
        made.register(one)
    return made


def contribution(made: PluginManager, name: str = "s") -> Contribution:
    assert made.plans.strategies is not None
    return made.plans.strategies[name]


async def test_they_come_and_go_with_their_plugin_and_the_first_of_a_name_counts() -> None:
    first = plugin("first", {"s": Scripted, "t": Scripted}, priority=1)
    second = plugin("second", {"s": Scripted}, priority=2)
    async with manager(second, first) as made:
        assert contribution(made).plugin == "first"
        assert made.routing_strategies() == {"s": "first", "t": "first"}
        await made.unregister("first")
        assert contribution(made).plugin == "second"
        await made.unregister("second")
        assert made.plans.strategies is None
        assert made.routing_strategies() == {}


async def test_a_strategy_is_made_once_for_each_model_and_outlives_other_plugins() -> None:
    made_for: list[str] = []

    def factory(model: str) -> Scripted:
        made_for.append(model)
        return Scripted(model)

    async with manager(plugin("p", {"s": factory})) as made:
        assert contribution(made).order(CALL, "m", (ONE, TWO)) == [TWO, ONE]
        made.register(plugin("other", {}))
        await made.settled()
        contribution(made).order(CALL, "m", (ONE, TWO))
        contribution(made).succeeded(CALL, "n", ONE, 0.1)
        assert made_for == ["m", "n"]
        assert made.plugin("p").strategies["s", "n"].told == [("succeeded", "a", "p")]  # type: ignore[attr-defined]
        for number in range(MOST_MODELS):
            contribution(made).order(CALL, str(number), (ONE, TWO))
        assert len(made.plugin("p").strategies) == MOST_MODELS


@pytest.mark.parametrize("result", [[], [ONE, ONE], [Deployment("c", "m", "u")], "ab", ["a"], RuntimeError("broken")])
async def test_a_strategy_that_fails_changes_nothing_and_is_counted(result: Any) -> None:
    async with manager(plugin("p", {"s": lambda model: Scripted(model, result)})) as made:
        assert contribution(made).order(CALL, "m", (ONE, TWO)) == (ONE, TWO)
        contribution(made).failed(CALL, "m", ONE, ValueError(), 0.1)
        assert contribution(made).admits(CALL, "m", ONE)
        (figures,) = [one for one in made.statistics() if one["hook"] == HOOK]
        assert figures["errors"] == 2


async def test_failure_mode_abort_ends_the_call_and_quarantine_the_plugins_part_in_it() -> None:
    failing = {"s": lambda model: Scripted(model, RuntimeError("broken"))}
    async with manager(plugin("p", failing, failure_mode="abort")) as made:
        with pytest.raises(PluginAborted):
            contribution(made).order(CALL, "m", (ONE, TWO))
    async with manager(plugin("p", failing, failure_mode="quarantine")) as made:
        held = contribution(made)
        for _ in range(made.settings.quarantine_after):
            assert held.order(CALL, "m", (ONE, TWO)) == (ONE, TWO)
        assert made.records["p"].state is PluginState.QUARANTINED
        assert made.plans.strategies is None
        assert held.order(CALL, "m", (TWO, ONE)) == (TWO, ONE)


async def test_a_reject_refuses_the_call_but_not_in_audit_mode() -> None:
    refusing = plugin("p", {"s": lambda model: Scripted(model, Reject(503, "none left", "none"))})
    async with manager(refusing) as made:
        with pytest.raises(Reject):
            contribution(made).order(CALL, "m", (ONE, TWO))
    async with manager(refusing, p=PluginOverride(mode="audit")) as made:
        assert contribution(made).order(CALL, "m", (ONE, TWO)) == (ONE, TWO)


async def test_what_is_no_strategy_is_said() -> None:
    for wrong in (["s"], {"": Scripted}, {"simple-shuffle": Scripted}, {"s": 7}):
        async with manager(plugin("p", wrong)) as made:
            assert made.records["p"].state is PluginState.FAILED
    async with manager(plugin("p", {"s": lambda model: model}), plugin("q", None)) as made:
        assert contribution(made).order(CALL, "m", (ONE, TWO)) == (ONE, TWO)
        (figures,) = [one for one in made.statistics() if one["plugin"] == "p"]
        assert "must return a RoutingStrategy" in figures["last_error"]


def test_the_hook_is_a_def() -> None:
    module = types.ModuleType("p")
    module.metadata = PluginMetadata(  # type: ignore[attr-defined]
        name="p", capabilities={PluginCapability.ROUTING_STRATEGY}
    )

    async def register_routing_strategies() -> Any:
        return {}

    module.register_routing_strategies = hookimpl(register_routing_strategies)  # type: ignore[attr-defined]
    with pytest.raises(HookSignatureError):
        manager(module)
