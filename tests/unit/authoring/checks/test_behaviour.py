"""How a plugin behaves: the parts that need no process of their own."""

from __future__ import annotations

import asyncio
import dataclasses
import random
import threading
from typing import Any

import pytest
from routeiq_plugin_sdk import (
    PluginCapability,
    PluginContext,
    PluginMetadata,
    PluginResponse,
    Reject,
    StreamChunk,
    hookimpl,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from routeiq.authoring.checks import behaviour
from routeiq.authoring.checks.behaviour import Trial


async def noted(plugin: Any) -> list[dict[str, Any]]:
    trial = Trial(plugin, plugin.metadata.name, None)
    await trial.run()
    return trial.notes


async def tried(plugin: Any) -> list[tuple[str, str | None]]:
    return [(note["rule"], note["hook"]) for note in await noted(plugin)]


class Refusing:
    metadata = PluginMetadata(name="refusing", version="1", capabilities={PluginCapability.MIDDLEWARE})

    @hookimpl
    async def request(self, request: Any) -> PluginResponse | None:
        return PluginResponse.text("no", 403) if request.path == "/" else None

    @hookimpl
    async def llm_pre_call(self) -> None:
        raise Reject(400, "no")


async def test_decisions_are_no_failures() -> None:
    assert await tried(Refusing) == []


class TooLate:
    metadata = PluginMetadata(name="too-late", version="1", capabilities={PluginCapability.MIDDLEWARE})

    @hookimpl
    async def llm_success(self) -> None:
        raise Reject(400, "no")


async def test_a_refusal_that_comes_too_late_is_a_failure() -> None:
    assert await tried(TooLate) == [("raises", "llm_success")]


async def fail(request: Request) -> Response:
    raise ValueError("a route that fails")


class Routes:
    metadata = PluginMetadata(name="routes", version="1", capabilities={PluginCapability.ROUTES})

    @hookimpl
    def register_routes(self) -> list[Route]:
        return [Route("/fails", fail), Route("/fails/{name}", fail)]


async def test_routes_are_asked() -> None:
    assert ("raises", "register_routes") in await tried(Routes) or ("raises", None) in await tried(Routes)


class Posted:
    metadata = PluginMetadata(name="posted", version="1", capabilities={PluginCapability.ROUTES})

    @hookimpl
    def register_routes(self) -> list[Route]:
        return [Route("/posted", self.take, methods=["POST"]), Route("/down", self.down)]

    async def take(self, request: Request) -> Response:
        return JSONResponse(await request.json())

    async def down(self, request: Request) -> Response:
        return Response(status_code=503)


async def test_a_route_that_takes_bodies_is_sent_such_as_are_no_json() -> None:
    told = await noted(Posted)
    assert [note["rule"] for note in told] == ["raises"]
    assert "a request POST /posted without a body" in told[0]["message"]


class Asking:
    metadata = PluginMetadata(name="asking", version="1", capabilities={PluginCapability.MIDDLEWARE})

    @hookimpl
    async def startup(self, context: PluginContext) -> None:
        context.every(30, self.refresh)

    async def refresh(self, context: PluginContext) -> None:
        await context.http.get("https://example.com/keys")

    @hookimpl
    async def request(self, context: PluginContext) -> None:
        await context.http.get("https://example.com/judge")


async def test_a_network_that_is_not_there_is_no_mistake_of_the_plugin() -> None:
    trial = Trial(Asking, "asking", None)
    await trial.run()
    assert trial.notes == []
    assert trial.result()["unanswered"] == ["https://example.com/judge", "https://example.com/keys"]


class Hanging:
    metadata = PluginMetadata(name="hanging", version="1")

    @hookimpl
    def startup(self, context: PluginContext) -> None:
        context.every(60, self.wait)

    async def wait(self) -> None:
        await asyncio.get_running_loop().run_in_executor(None, self.ended.wait)

    def __init__(self) -> None:
        self.ended = threading.Event()

    @hookimpl
    def shutdown(self) -> None:
        self.ended.set()


async def test_a_timer_that_never_returns_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(behaviour, "PATIENCE", 0.5)
    hanging = Hanging()
    try:
        told = await noted(hanging)
    finally:
        hanging.ended.set()
    assert [(note["rule"], "context.every()" in note["message"]) for note in told] == [("never-returns", True)]


class Dicing:
    metadata = PluginMetadata(name="dicing", version="1", capabilities={PluginCapability.MIDDLEWARE})

    @hookimpl
    def llm_stream_chunk(self, chunk: StreamChunk) -> Any:
        return dataclasses.replace(chunk, text=f"{chunk.text}{random.random()}") if chunk.text else None


async def test_chance_is_not_taken_for_the_chunks() -> None:
    assert await tried(Dicing) == []


class Agents:
    metadata = PluginMetadata(name="agents", version="1", capabilities={PluginCapability.MIDDLEWARE})

    @hookimpl
    def agent_post_call(self, result: Any) -> None:
        raise ValueError

    @hookimpl
    def health_check(self) -> None:
        raise ValueError


async def test_agents_and_the_question_how_it_is_take_part() -> None:
    assert await tried(Agents) == [("raises", "agent_post_call"), ("raises", "health_check")]


def test_a_dependency_that_is_not_there_is_told() -> None:
    class Depending:
        metadata = PluginMetadata(name="depending", version="1", depends_on={"no-such-plugin"})

    assert Trial(Depending, "depending", None).missing == {"no-such-plugin"}
