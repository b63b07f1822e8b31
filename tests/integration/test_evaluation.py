"""Evaluations of LLM calls through the gateway: after the answer, and never in its way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from routeiq_plugin_sdk import (
    EvaluationPolicy,
    EvaluationResult,
    GatewayPlugin,
    Invocation,
    LLMResponse,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    Principal,
    Reject,
    hookimpl,
)
from routeiq_plugin_sdk.testing import PluginTestHarness

from routeiq_builtin_plugins.upskill_evaluator.config import Scoring
from routeiq_builtin_plugins.upskill_evaluator.scoring import judge

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


class Judge(GatewayPlugin):
    """Keeps what it judges."""

    metadata = PluginMetadata(
        name="judge", version="1", capabilities={PluginCapability.EVALUATOR, PluginCapability.MIDDLEWARE}
    )

    def __init__(self) -> None:
        self.judged: list[Invocation] = []

    @hookimpl.evaluate
    async def evaluate(self, invocation: Invocation, context: PluginContext) -> EvaluationResult:
        self.judged.append(invocation)
        if invocation.target == "ask":
            answer = await context.llm.chat("mock-model", [{"role": "user", "content": "how was that?"}])
            return EvaluationResult(1, "passed", answer.text)
        return EvaluationResult(1, "passed")


async def test_calls_of_tools_are_evaluated_as_plugins_leave_them() -> None:
    class Guard(GatewayPlugin):
        metadata = PluginMetadata(name="guard", version="1", capabilities={PluginCapability.MIDDLEWARE})

        @hookimpl.tool_pre_call
        def tool_pre_call(self, tool: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
            if tool == "delete":
                raise Reject(403, "no", "forbidden")
            return {**arguments, "limit": 1}

    judging = Judge()
    me = Principal("me")
    async with PluginTestHarness(judging, Guard, "evaluator", principal=me) as harness:
        assert (await harness.tool_call("mock-server", "read", {"path": "a"}, answer="the text")).error is None
        assert (await harness.tool_call("mock-server", "delete", {"path": "a"})).error is not None
    read, deleted = judging.judged
    assert (read.kind, read.target, read.name, read.error) == ("tool", "mock-server", "read", None)
    assert (read.input, read.principal) == ({"path": "a", "limit": 1}, me)
    assert isinstance(read.output, Mapping)
    assert read.output["content"][0]["text"] == "the text"
    assert (deleted.name, deleted.output, deleted.metadata["failure"]) == ("delete", None, "rejected")
    assert deleted.metadata["answered_by"] == "guard"


async def test_what_an_evaluator_asks_of_a_model_is_not_evaluated_in_turn() -> None:
    judging = Judge()
    async with PluginTestHarness(judging, "evaluator", models=["ask", "mock-model"]) as harness:
        await harness.llm_call("hello", model="ask")
        assert [one.target for one in judging.judged] == ["ask"]
        assert [event.data["feedback"] for event in harness.events if event.name == "evaluation.completed"] == [
            "how was that?"
        ]


async def test_a_policy_that_is_narrowed_holds_for_the_calls_of_its_scope() -> None:
    judging = Judge()
    plugins = {"evaluator#some": {"when": {"model": "a*"}}, "judge": {}}
    async with PluginTestHarness(judging, "evaluator", models=["ab", "b"], settings={"plugins": plugins}) as harness:
        for model in ("ab", "b", "ab"):
            assert (await harness.llm_call(model=model)).status_code == 200
    assert [one.target for one in judging.judged] == ["ab", "ab"]


async def test_calls_of_agents_are_evaluated_streamed_or_not(
    gateway: Any, upstream: Any, plugin: Any, replies: Any, eventually: Any
) -> None:
    judged: list[Invocation] = []

    async def evaluate(invocation: Invocation) -> None:
        judged.append(invocation)

    message = {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "hello"}]}
    task = {"id": "t", "contextId": "c", "status": {"state": "TASK_STATE_FAILED"}}
    settings = {"a2a_agents": {"helper": {"url": upstream.url}}}
    served = await gateway(plugin("judge", register_evaluation_policy, evaluate), settings=settings)

    async def streams(request: Any, writer: Any) -> None:
        writer.write(replies.HEAD + replies.event({"jsonrpc": "2.0", "id": 7, "result": {"task": task}}) + b"0\r\n\r\n")
        await writer.drain()

    upstream.replies = [replies.respond(200, {"jsonrpc": "2.0", "id": 7, "result": {"task": task}}), streams]
    async with httpx.AsyncClient() as client:
        for method in ("SendMessage", "SendStreamingMessage"):
            body = {"jsonrpc": "2.0", "id": 7, "method": method, "params": {"message": message}}
            answer = await client.post(f"{served.url}/a2a/helper", json=body, headers={"a2a-version": "1.0"})
            assert answer.status_code == 200
    await eventually(lambda: len(judged) == 2)
    assert [(one.kind, one.target, one.name, one.error) for one in judged] == [
        ("agent", "helper", "SendMessage", None),
        ("agent", "helper", "SendStreamingMessage", None),
    ]
    for one in judged:
        assert one.input["parts"] == message["parts"]
        result = judge(one, Scoring())
        assert result is not None
        assert (result.score, result.feedback.partition(";")[0]) == (0, "the task ended as failed")
