"""How a plugin behaves: the parts that need no process of their own."""

from __future__ import annotations

from typing import Any

from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginResponse, Reject, hookimpl
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from routeiq.authoring.checks.behaviour import Trial


async def tried(plugin: Any, config: Any = None) -> list[tuple[str, str | None]]:
    trial = Trial(plugin, plugin.metadata.name, config)
    await trial.run()
    return [(note["rule"], note["hook"]) for note in trial.notes]


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


def test_a_dependency_that_is_not_there_is_told() -> None:
    class Depending:
        metadata = PluginMetadata(name="depending", version="1", depends_on={"no-such-plugin"})

    assert Trial(Depending, "depending", None).missing == {"no-such-plugin"}
