"""Evaluations as spans below the call that they are of."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from routeiq_plugin_sdk import EvaluationPolicy, EvaluationResult, Invocation

pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")

from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from tests.fakes.telemetry import Recorded

from routeiq.adapters.opentelemetry import Options
from routeiq.adapters.opentelemetry.evaluations import described
from routeiq.core.evaluation import Call
from routeiq.core.memory_state import MemoryState
from routeiq.gateway.app import Gateway
from routeiq.gateway.settings import GatewaySettings

BODY = {"model": "echo", "messages": [{"role": "user", "content": "hi there"}]}


def register_evaluation_policy() -> EvaluationPolicy:
    return EvaluationPolicy()


async def evaluate(invocation: Invocation) -> EvaluationResult:
    return EvaluationResult(0.25, "failed", "too short")


async def test_an_evaluation_is_a_span_below_the_calls(traced: Any, recorded: Recorded, plugin: Any) -> None:
    manager = await traced(plugin("judge", register_evaluation_policy, evaluate), content=True)
    app = Gateway(GatewaySettings(), manager, MemoryState())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        assert (await client.post("/v1/chat/completions", json=BODY)).status_code == 200
    async with asyncio.timeout(10):
        while not (spans := {span.name: span for span in recorded.spans}).keys() >= {"evaluate judge"}:
            await asyncio.sleep(0.001)
    call, evaluation = spans["chat echo"], spans["evaluate judge"]
    assert (evaluation.trace, evaluation.parent) == (call.trace, call.id)
    duration = evaluation.attributes["eval.duration_ms"]
    assert 0 <= duration < 10_000
    assert dict(evaluation.attributes) == {
        "eval.evaluator": "judge", "eval.kind": "llm", "eval.target": "echo", "eval.name": "chat", "eval.score": 0.25,
        "eval.status": "failed", "eval.feedback": "too short", "eval.duration_ms": duration,
        "gen_ai.evaluation.name": "judge", "gen_ai.evaluation.score.value": 0.25,
        "gen_ai.evaluation.score.label": "failed", "routeiq.call.id": call.attributes["routeiq.call.id"],
    }  # fmt: skip


async def test_a_call_that_is_not_sampled_has_no_span_for_its_evaluation(traced: Any, plugin: Any) -> None:
    unsampled = Recorded(ALWAYS_OFF)
    manager = await traced(plugin("judge", register_evaluation_policy, evaluate), recorded=unsampled)
    evaluation = manager.plans.evaluation
    call = Call(Invocation.mock(), evaluation.policy, manager.plans)
    assert len(await manager.evaluations.judge(call, evaluation.evaluators)) == 1
    assert unsampled.spans == []


def test_feedback_counts_as_content() -> None:
    result = EvaluationResult(1, "passed", "as you said: ...", evaluator="judge")
    assert "eval.feedback" not in described(Invocation.mock(), result, Options())
    assert "eval.duration_ms" not in described(Invocation.mock(), result, Options())
    assert described(Invocation.mock(), result, Options(content=True))["eval.feedback"] == "as you said: ..."
