"""Which route a request takes."""

from types import SimpleNamespace

import pytest
from routeiq_plugin_sdk import PluginRequest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, WebSocketRoute

from routeiq.core.dialects import DIALECTS
from routeiq.core.logging import Activity
from routeiq.gateway.routes import gateway_route, matching


async def page(request):
    return PlainTextResponse("x")


ROUTES = (
    Route("/skills", page),
    Route("/skills/{name}", page),
    Route("/files/{path:path}", page),
    WebSocketRoute("/live/{number:int}", page),
    Mount("/docs", Starlette()),
    Host("api.example", Starlette()),
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/skills", "/skills"),
        ("/skills/one", "/skills/{name}"),
        ("/files/a/b/c", "/files/{path}"),
        ("/live/7", "/live/{number}"),
        ("/live/x", None),
        ("/docs/a/b", "/docs/{path}"),
        ("/nowhere", None),
    ],
)
def test_the_first_route_that_fits_is_shown_with_the_names_of_its_parameters(path, expected):
    assert matching(ROUTES, path) == expected


def asked(path, routes=()):
    """Return what stands for a request, with these routes of plugins."""
    return SimpleNamespace(request=PluginRequest.mock(path=path), plans=SimpleNamespace(routes=routes))


def test_the_gateway_knows_its_own_routes():
    own = [f"/v1{dialect.path}" for dialect in DIALECTS.values()]
    for path in (*own, "/v1/models"):
        assert gateway_route(asked(path)) == path
    assert gateway_route(asked("/v1/models/openai/gpt-4o")) == "/v1/models/{model}"
    assert gateway_route(asked("/v1/whatever")) is None


def test_it_knows_those_that_plugins_contribute_to_this_request():
    assert gateway_route(asked("/skills/one", ROUTES)) == "/skills/{name}"
    assert gateway_route(asked("/skills/one")) is None


def test_outside_any_request_there_is_no_route():
    assert gateway_route(Activity("r")) is None
