"""Which route a request takes."""

import pytest
from routeiq_plugin_sdk import PluginRequest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, WebSocketRoute

from routeiq import PluginManager
from routeiq.core.dialects import DIALECTS
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.routes import REMEMBERED, application_route, gateway_route, matching


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


async def test_the_gateway_knows_its_own_routes_and_those_of_plugins(plugin):
    def register_routes():
        return [Route("/hello/{name}", page)]

    manager = PluginManager(ManagerSettings())
    manager.register(plugin("p", register_routes))
    route = gateway_route(manager)
    async with manager:
        own = [f"/v1{dialect.path}" for dialect in DIALECTS.values()]
        for path in (*own, "/v1/models"):
            assert route(PluginRequest.mock(path=path)) == path
        assert route(PluginRequest.mock(path="/v1/models/openai/gpt-4o")) == "/v1/models/{model}"
        assert route(PluginRequest.mock(path="/hello/you")) == "/hello/{name}"
        assert route(PluginRequest.mock(path="/v1/whatever")) is None


def test_an_application_of_many_routes_is_asked_once_for_each_path():
    class Application:
        asked = 0

        @property
        def routes(self):
            self.asked += 1
            return ROUTES

    application = Application()
    route = application_route(application)
    for _ in range(3):
        assert route(PluginRequest.mock(path="/skills/one")) == "/skills/{name}"
    assert application.asked == 1
    for number in range(REMEMBERED + 10):
        route(PluginRequest.mock(path=f"/skills/{number}"))
    route(PluginRequest.mock(path="/skills/one"))
    assert application.asked == REMEMBERED + 12  # clients' paths do not fill the memory
