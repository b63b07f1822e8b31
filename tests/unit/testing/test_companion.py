from __future__ import annotations

from typing import Any

from routeiq_plugin_sdk import PluginRequest, Principal
from starlette.routing import Match, Mount

from routeiq.testing.companion import NAMES, Application, Companion, Limits, requested_by


async def test_a_request_is_of_whom_its_task_says() -> None:
    started: list[int] = []
    companion = Companion(lambda: started.append(1))
    companion.startup()
    assert started == [1]
    request = PluginRequest.mock()
    assert companion.rewrite(request) is None
    requested_by.set(Principal("me"))
    told = companion.rewrite(request)
    assert told is not None
    assert told.principal == Principal("me")


async def test_the_application_is_served_at_every_path() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None: ...

    (route,) = Application(app).register_routes()
    assert isinstance(route, Mount)
    for kind in ("http", "websocket"):
        scope = {"type": kind, "path": "/a/b", "root_path": "", "method": "GET"}
        assert route.matches(scope)[0] is Match.FULL


def test_their_names_are_known() -> None:
    assert {Companion.metadata.name, Application.metadata.name, Limits.metadata.name} == NAMES


def test_limits_have_no_call_evaluated_by_themselves() -> None:
    assert Limits().register_evaluation_policy().sample_rates == {}
