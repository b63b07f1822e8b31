"""Tests of an author's that type checkers must accept: the harness in both forms, and mocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from routeiq_plugin_sdk import Event, HTTPResponse, LLMResponse, PluginContext, Principal, Reject, StorageUnavailable
from routeiq_plugin_sdk.testing import (
    AgentAnswer,
    AgentResult,
    ConfigRefused,
    HarnessResponse,
    LLMResult,
    MockPluginContext,
    OutboundRequest,
    PluginTestHarness,
    UpstreamAnswer,
    UpstreamFailure,
    UpstreamRequest,
    echo_app,
)


class Config(BaseModel):
    blocked: list[str] = []


class Plugin: ...


async def answer(request: UpstreamRequest) -> str:
    return request.model


def reply(request: OutboundRequest) -> HTTPResponse:
    return HTTPResponse.mock(json={"echo": request.json})


async def test_async() -> None:
    async with PluginTestHarness(
        Plugin, Plugin(), config=Config(), configs={"other": {"limit": 1}}, app=echo_app, principal=Principal("a")
    ) as harness:
        response: HarnessResponse = await harness.send_request("POST", "/x", body={"a": 1}, headers={"x-a": "b"})
        status: int = response.status_code
        first: bytes = response.chunks[0]
        call: LLMResult = await harness.llm_call(
            [{"role": "user", "content": "x"}], stream=True, api="messages", answer=[UpstreamFailure(429), answer], top_p=1
        )
        texts: tuple[str, ...] = call.chunks
        await harness.llm_call("x", answer=LLMResponse("y"))
        await harness.llm_call("x", answer=lambda request: UpstreamAnswer(pieces=["a", request.deployment]))
        called: AgentResult = await harness.agent_call("a", {"parts": []}, answer=[AgentAnswer(events=["x"]), {"id": "t"}])
        said: str = called.text
        await harness.agent_call(answer=lambda request: request.text, stream=True)
        async with harness.stream_request("GET", "/x") as stream:
            async for chunk in stream.chunks():
                print(chunk.decode(), stream.status_code)
        async with harness.websocket("/x") as websocket:
            await websocket.send("text")
            message: str | bytes = await websocket.receive()
        await harness.emit("llm.call.failed", {"error": "x"})
        try:
            await harness.change_config(limit=3)
        except ConfigRefused as error:
            print(error.reason)
        await harness.advance_time(60)
        harness.fail_next("storage", StorageUnavailable("away"), times=2)
        harness.http.respond("https://a.example/*", reply, method="POST")
        value: float | None = harness.metric("calls", model="a")
        events: Sequence[Event] = harness.events
        context: PluginContext = harness.context
        print(said, status, first, texts, message, value, events, context, harness.called(), harness.status["a"].state)


def test_sync() -> None:
    with PluginTestHarness(Plugin) as harness:
        response: HarnessResponse = harness.send_request("GET", "/x")
        call: LLMResult = harness.llm_call("x")
        with harness.stream_request("GET", "/x") as stream:
            for chunk in stream.chunks():
                print(chunk.decode())
        stored: Any = harness.run(harness.context.storage.get("key"))
        print(response, call, stored)


async def test_functions() -> None:
    context = MockPluginContext(Config())
    given: PluginContext = context
    context.http.respond("https://a.example/", Reject())
    await context.events.deliver("llm.call.completed", {"cost": 1.0})
    await context.advance_time(1)
    value: float | None = context.metrics.value("calls", model="a")
    print(given.config, value, [line.event for line in context.logs])
