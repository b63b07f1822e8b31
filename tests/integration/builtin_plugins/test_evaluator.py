"""The plugin `evaluator` in the gateway: calls are evaluated as it says, and results exported."""

from __future__ import annotations

from typing import Any

import pytest
from routeiq_plugin_sdk import EvaluationResult, GatewayPlugin, Invocation, PluginCapability, PluginMetadata, hookimpl
from routeiq_plugin_sdk.testing import PluginTestHarness

from routeiq_builtin_plugins import evaluator


class Judge(GatewayPlugin):
    metadata = PluginMetadata(name="judge", version="1", capabilities={PluginCapability.EVALUATOR})

    @hookimpl.evaluate
    async def evaluate(self, invocation: Invocation) -> EvaluationResult:
        good = invocation.error is None
        return EvaluationResult(1 if good else 0, "passed" if good else "failed", "my words")


async def test_calls_are_evaluated_and_the_results_exported() -> None:
    async with PluginTestHarness(evaluator, Judge, config={"log": "all", "log_feedback": True}) as harness:
        await harness.llm_call()
        labels = {"evaluator": "judge", "kind": "llm"}
        assert harness.metric("results", **labels, target="mock-model", status="passed") == 1
        assert harness.metric("score_sum", **labels, target="mock-model") == 1
        assert harness.metric("duration_seconds_count", **labels) == 1
        (line,) = [line for line in harness.logs if line.event == "evaluated"]
        assert {**labels, "target": "mock-model", "score": 1.0, "feedback": "my words"}.items() <= line.fields.items()


@pytest.mark.parametrize("change", [{"kinds": ["tool"]}, {"sample_rate": 0}, {"sample_rates": {"llm": 0}}])
async def test_a_change_of_the_configuration_holds_for_the_next_call(change: dict[str, Any]) -> None:
    async with PluginTestHarness(evaluator, Judge) as harness:
        await harness.llm_call()
        await harness.change_config(**change)
        await harness.llm_call()
        assert harness.called("judge") == ["evaluate"]


async def test_by_default_failures_alone_are_logged_and_without_words() -> None:
    async with PluginTestHarness(evaluator, Judge) as harness:
        await harness.evaluate(Invocation.mock())
        assert "evaluated" not in [line.event for line in harness.logs]
        await harness.evaluate(Invocation.mock(error="broken", id="c7"))
        (line,) = [line for line in harness.logs if line.event == "evaluated"]
        assert (line.fields["call_id"], line.fields["status"], "feedback" in line.fields) == ("c7", "failed", False)


@pytest.mark.parametrize(
    ("value", "settings", "state"),
    [
        (None, {}, "disabled"), ("false", {}, "disabled"), ("", {}, "disabled"), ("true", {}, "active"),
        ("1", {"evaluator": {}}, "active"), ("TRUE", {"evaluator": {"enabled": False}}, "disabled"),
        (None, {"evaluator": {"enabled": True}}, "active"),
    ],
)  # fmt: skip
async def test_a_variable_enables_it_where_the_settings_say_nothing(
    value: str | None, settings: dict[str, Any], state: str
) -> None:
    from routeiq import PluginManager
    from routeiq.gateway.settings import GatewaySettings

    environment = {} if value is None else {"ROUTEIQ_EVALUATOR_ENABLED": value}
    given = GatewaySettings(plugins=settings).manager_settings(environment)
    manager = PluginManager(given.model_copy(update={"allowlist": frozenset({"evaluator"})}))
    manager.discover()
    assert manager.records["evaluator"].state == state
