"""What plugins' routes add to an OpenAPI document."""

import pytest
from routeiq_plugin_sdk import GatewayPlugin, PluginCapability, PluginMetadata, hookimpl
from starlette.endpoints import HTTPEndpoint
from starlette.routing import Mount, Route, WebSocketRoute

from routeiq.authoring.errors import ToolkitError
from routeiq.authoring.openapi import document, paths_of, routes_of, websockets_of


async def greet(request):
    """Greet: a visitor.

    At length.
    """


async def told(request):
    """Tell.

    ---
    summary: Tell all
    parameters:
      - {name: id, in: path, required: true, schema: {type: string, maxLength: 3}}
    responses:
      "200": {description: All}
    """


class Things(HTTPEndpoint):
    async def get(self, request):
        """List things."""

    async def post(self, request): ...


def test_paths_methods_and_parameters_are_those_of_the_routes():
    paths = paths_of([Route("/hello/{id:int}/{rest:path}", greet, methods=["POST", "GET"])])
    assert list(paths) == ["/hello/{id}/{rest}"]
    assert list(paths["/hello/{id}/{rest}"]) == ["get", "post"]
    assert paths["/hello/{id}/{rest}"]["get"] == {
        "summary": "Greet: a visitor.",
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
            {"name": "rest", "in": "path", "required": True, "schema": {"type": "string"}},
        ],
        "responses": {"default": {"description": "The answer"}},
    }


def test_a_docstring_says_more_in_yaml():
    [operation] = paths_of([Route("/told/{id}", told)])["/told/{id}"].values()
    assert operation["summary"] == "Tell all"
    assert [part["schema"] for part in operation["parameters"]] == [{"type": "string", "maxLength": 3}]
    assert operation["responses"] == {"200": {"description": "All"}}


def test_endpoints_of_classes_and_what_is_mounted_are_told():
    paths = paths_of([Mount("/in/{id:int}", routes=[Route("/things", Things)])])
    assert list(paths["/in/{id}/things"]) == ["get", "post"]
    assert paths["/in/{id}/things"]["get"]["summary"] == "List things."
    assert paths["/in/{id}/things"]["post"]["parameters"][0]["schema"] == {"type": "integer"}


def test_what_is_no_route_of_starlettes_is_passed_over():
    assert paths_of([object(), Route("/hidden", greet, include_in_schema=False)]) == {}


def test_websockets_are_told_apart():
    async def talk(websocket): ...

    assert websockets_of([WebSocketRoute("/talk/{id:int}", talk), Route("/a", greet)]) == ["/talk/{id}"]


@pytest.mark.parametrize(("yaml", "problem"), [("a: [", "cannot be read"), ("- a", "no mapping")])
def test_yaml_that_is_wrong_is_told_with_its_function(yaml, problem):
    async def wrong(request): ...

    wrong.__doc__ = f"Wrong.\n\n---\n{yaml}\n"
    with pytest.raises(ToolkitError, match=f"wrong has .*{problem}" if problem != "no mapping" else problem):
        paths_of([Route("/wrong", wrong)])


class Plugin(GatewayPlugin):
    metadata = PluginMetadata(name="adds", capabilities={PluginCapability.ROUTES})

    @hookimpl.register_routes
    def register_routes(self):
        return [Route("/adds", greet)]


def test_a_plugin_is_asked_for_its_routes():
    assert list(routes_of(Plugin, Plugin.metadata)["paths"]) == ["/adds"]


def test_a_plugin_that_does_not_start_has_a_problem_instead():
    class Broken(Plugin):
        @hookimpl.startup
        def startup(self):
            raise OSError("no folder")

    routes = routes_of(Broken, Broken.metadata)
    assert routes["paths"] == {}
    assert "no folder" in routes["problem"]


def test_a_document_has_its_version():
    assert document("One", None, {}) == {"openapi": "3.1.0", "info": {"title": "One", "version": "0"}, "paths": {}}
