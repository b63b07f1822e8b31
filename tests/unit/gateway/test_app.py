"""The gateway as an application: its own routes, plugins' routes, health outside the plugins."""

import json

import pytest
from routeiq_plugin_sdk import PluginResponse, Principal
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute

from routeiq import PluginManager, create_standalone_app
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.settings import GatewaySettings


@pytest.fixture
async def ask(plugin):
    """ask(*plugins) -> call(method, path, body, headers) -> (status, headers, body)."""
    managers = []

    async def make(*plugins):
        manager = PluginManager(ManagerSettings())
        for one in plugins:
            manager.register(one)
        app = create_standalone_app(GatewaySettings(storage="memory"), manager)
        await manager.start(app)
        managers.append(manager)

        async def call(method, path, body=b"", headers=None):
            sent = []

            async def send(message):
                sent.append(message)

            async def receive():
                return {"type": "http.request", "body": body, "more_body": False}

            raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
            scope = {
                "type": "http",
                "method": method,
                "path": path,
                "headers": raw,
                "query_string": b"",
                "root_path": "",
            }
            await app(scope, receive, send)
            fields = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
            return sent[0]["status"], fields, b"".join(message.get("body", b"") for message in sent[1:])

        call.gateway = app
        return call

    yield make
    for manager in managers:
        await manager.stop()


async def hello(request):
    if request.query_params or request.path_params.get("name") == "nobody":
        raise HTTPException(418, "a teapot")
    return PlainTextResponse(f"hello {request.path_params.get('name', '')}")


async def test_plugins_routes_stand_behind_the_gateways_own(ask, plugin):
    def register_routes():
        return [Route("/hello/{name}", hello), Route("/v1/models", hello), Mount("/sub", routes=[Route("/x", hello)])]

    call = await ask(plugin("r", register_routes))
    assert (await call("GET", "/hello/you"))[2] == b"hello you"
    assert (await call("GET", "/sub/x"))[2] == b"hello "
    assert json.loads((await call("GET", "/v1/models"))[2])["object"] == "list"
    assert (await call("POST", "/hello/you"))[0] == 405
    assert (await call("GET", "/hello/nobody"))[0] == 418
    assert (await call("GET", "/nothing"))[0] == 404


async def test_a_route_goes_with_its_plugin(ask, plugin):
    def register_routes():
        return [Route("/hello/{name}", hello), WebSocketRoute("/ws", hello)]

    call = await ask(plugin("r", register_routes))
    assert (await call("GET", "/hello/you"))[0] == 200


async def test_wrong_methods_and_paths_are_told_in_openais_shape(ask):
    call = await ask()
    status, headers, body = await call("DELETE", "/v1/chat/completions")
    assert (status, headers["allow"]) == (405, "POST")
    assert json.loads(body)["error"]["code"] == "method_not_allowed"
    status, _, body = await call("POST", "/v1/nothing")
    assert (status, json.loads(body)["error"]["code"]) == (404, "not_found")


async def test_what_there_is_not_below_messages_is_told_in_anthropics_shape(ask, plugin):
    def authenticate():
        return None

    for call, status in ((await ask(), 404), (await ask(plugin("who", authenticate)), 401)):
        answered, _, body = await call("POST", "/v1/messages/count_tokens")
        document = json.loads(body)
        assert (answered, document["type"], sorted(document["error"])) == (status, "error", ["message", "type"])
    answered, _, body = await (await ask())("GET", "/v1/messages")
    assert (answered, json.loads(body)["type"]) == (405, "error")


async def test_a_refusing_plugin_does_not_lock_the_operator_out(ask, plugin):
    async def request():
        return PluginResponse.text("no", 403)

    call = await ask(plugin("closed", request, failure_mode="abort"))
    assert (await call("GET", "/v1/models"))[0] == 403
    assert (await call("GET", "/health/live"))[0] == 200
    assert (await call("GET", "/health/ready"))[0] == 200


async def test_a_principal_sees_and_uses_its_own_models_alone(ask, plugin):
    async def authenticate(request):
        return Principal("ada", models=frozenset({"other"}))

    call = await ask(plugin("auth", authenticate))
    assert json.loads((await call("GET", "/v1/models"))[2])["data"] == []
    assert (await call("GET", "/v1/models/echo"))[0] == 404
    body = json.dumps({"model": "echo", "messages": [{"role": "user", "content": "x"}]}).encode()
    status, _, answer = await call("POST", "/v1/chat/completions", body)
    assert (status, json.loads(answer)["error"]["code"]) == (403, "model_not_allowed")


async def test_a_body_over_the_limit_is_413_also_without_plugins(ask):
    call = await ask()
    status, _, body = await call("POST", "/v1/chat/completions", b"x" * (10 * 1024 * 1024 + 1))
    assert (status, json.loads(body)["error"]["code"]) == (413, "request_too_large")


async def test_mounted_applications_stand_outside_the_plugins(ask, plugin):
    def request(request):
        return PluginResponse.text("closed", 403)

    call = await ask(plugin("closed", request))
    call.gateway.mount("/ops", Starlette(routes=[Route("/hello/{name}", hello)]))
    assert (await call("GET", "/ops/hello/you"))[2] == b"hello you"
    assert (await call("GET", "/ops/nothing"))[0] == 404
    assert (await call("GET", "/opsx"))[0] == 403
