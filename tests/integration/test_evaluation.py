"""Evaluations of LLM calls through the gateway: after the answer, and never in its way."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest
from routeiq_plugin_sdk import EvaluationPolicy, EvaluationResult, Invocation, LLMResponse, hookimpl

BODY = {"model": "fast", "messages": [{"role": "user", "content": "hi"}]}


def register_evaluation_policy() -> EvaluationPolicy:
    return EvaluationPolicy(timeout=2, concurrency=2, queue=50)


@hookimpl(specname="evaluate")
async def hangs(invocation: Invocation) -> None:
    await asyncio.sleep(3600)


@hookimpl(specname="evaluate")
async def raises(invocation: Invocation) -> None:
    raise ValueError("broken")


@hookimpl(specname="evaluate")
async def wrong(invocation: Invocation) -> Any:
    return {"score": 1}


@hookimpl(specname="evaluate")
def blocks(invocation: Invocation) -> None:
    time.sleep(0.2)


@pytest.mark.parametrize("stream", [False, True])
async def test_no_evaluator_delays_an_answer_or_loses_one(
    gateway: Any, upstream: Any, plugin: Any, models: Any, eventually: Any, stream: bool
) -> None:
    order: list[str] = []
    judged: list[Invocation] = []

    async def response() -> None:
        order.append("response")

    async def evaluate(invocation: Invocation) -> EvaluationResult:
        order.append("evaluate")
        judged.append(invocation)
        return EvaluationResult(1, "passed")

    bad = [plugin(function.__name__, function) for function in (hangs, raises, wrong, blocks)]
    policy = plugin("policy", register_evaluation_policy)
    settings = {"model_list": models(upstream)}
    plain = await gateway(settings=settings)
    evaluated = await gateway(policy, *bad, plugin("good", evaluate, response), settings=settings)
    async with httpx.AsyncClient() as client:
        for one in (plain, evaluated):
            # Far below the hour of one evaluator and the time limits of the others, together.
            async with asyncio.timeout(30):
                answers = [
                    await client.post(f"{one.url}/v1/chat/completions", json={**BODY, "stream": stream})
                    for _ in range(10)
                ]
            assert [answer.status_code for answer in answers] == [200] * 10
            contents = {answer.content for answer in answers}
            assert len(contents) == 1
            if one is plain:
                expected = contents
        assert contents == expected
    await eventually(lambda: len(judged) == 10)
    assert order == ["response", "evaluate"] * 10
    first = judged[0]
    assert isinstance(first.output, LLMResponse)
    assert (first.kind, first.target, first.output.text.strip(), first.error) == ("llm", "fast", "hello", None)
    assert first.input == BODY["messages"]
