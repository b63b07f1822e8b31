"""`/mcp/<server>` in the gateway."""

import httpx
import pytest
from routeiq_plugin_sdk import PluginResponse, Reject
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from tests.fakes.mcp_relay import Upstream, call, result

from routeiq import PluginManager
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.app import Gateway
from routeiq.gateway.mcp_api import rendered, server_in
from routeiq.gateway.settings import GatewaySettings

URL = "https://files.test/mcp"


@pytest.fixture
async def gateway(plugin):
    """gateway(*hooks, **settings) -> httpx.AsyncClient, whose `upstream` is the server."""
    running = []

    async def make(*hooks, **settings):
        manager = PluginManager(ManagerSettings())
        if hooks:
            manager.register(plugin("guard", *hooks))
        upstream = Upstream()
        given = GatewaySettings(mcp_servers={"files": {"url": URL}}, **settings)
        app = Gateway(given, manager, MemoryState(), client=upstream)
        await manager.start(app)
        running.append(manager)
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")
        client.upstream = upstream
        return client

    yield make
    for manager in running:
        await manager.stop()


async def test_a_configured_server_is_reached(gateway):
    client = await gateway()
    answer = await client.post("/mcp/files", json=call(), headers={"authorization": "Bearer client", "x-own": "y"})
    assert answer.json() == result()
    assert (client.upstream.header("authorization"), client.upstream.header("x-own")) == (None, "y")


@pytest.mark.parametrize("path", ["/mcp/other", "/mcp/", "/mcp/files/", "/mcp/files/more"])
async def test_another_one_is_not_and_nobody_is_told_which_there_are(gateway, path):
    client = await gateway()
    answer = await client.post(path, json=call())
    assert answer.status_code == 404
    assert "files" not in answer.text.replace(path, "")


async def test_without_servers_there_is_nothing(plugin):
    manager = PluginManager(ManagerSettings())
    app = Gateway(GatewaySettings(), manager, MemoryState())
    async with manager, httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        answer = await client.post("/mcp/files", json=call())
    assert answer.json()["error"]["code"] == "not_found"


async def test_a_plugins_route_may_stand_beside_them(gateway):
    async def there(request):
        return PlainTextResponse("mine")

    def register_routes():
        return [Route("/mcp/mine", there), Route("/mcp/files", there)]

    client = await gateway(register_routes)
    assert (await client.get("/mcp/mine")).text == "mine"
    client.upstream.answers.clear()
    assert (await client.post("/mcp/files", json=call())).json() == result()


async def test_requests_pass_all_phases_first(gateway):
    async def request(request):
        if request.headers.get("x-key") != "k":
            raise Reject(401, "Who are you?", "unknown", {"www-authenticate": "Bearer"})

    def response_headers(response):
        return response.with_headers({"x-seen": "yes"})

    client = await gateway(request, response_headers)
    refused = await client.post("/mcp/files", json=call())
    data = {"code": "unknown", "status": 401}
    error = {"code": -32010, "message": "Who are you?", "data": data}
    assert (refused.status_code, refused.json()) == (401, {"jsonrpc": "2.0", "id": None, "error": error})
    assert (refused.headers["www-authenticate"], refused.headers["x-seen"]) == ("Bearer", "yes")
    assert client.upstream.asked == []
    assert (await client.post("/mcp/files", json=call(), headers={"x-key": "k"})).headers["x-seen"] == "yes"
    # Elsewhere refusals are as they were.
    assert (await client.get("/v1/models")).json()["error"]["code"] == "unknown"


async def test_a_body_over_the_limit_is_refused(gateway):
    client = await gateway(server={"max_body": 100})
    answer = await client.post("/mcp/files", content=b"x" * 101)
    assert (answer.status_code, answer.json()["error"]["data"]["code"]) == (413, "request_too_large")


async def test_a_body_that_a_plugin_changed_is_what_counts(gateway):
    def request_body(body):
        return body.replace(b"search", b"delete")

    client = await gateway(request_body)
    await client.post("/mcp/files", json=call())
    assert client.upstream.asked[0]["body"]["params"]["name"] == "delete"


async def test_a_plugin_may_answer_in_its_place(gateway):
    def request():
        return PluginResponse.json({"mine": True})

    assert (await (await gateway(request)).post("/mcp/files", json=call())).json() == {"mine": True}


async def test_a_compressed_body_is_read_and_sent_on_plain(gateway):
    import gzip
    import json

    client = await gateway()
    body = gzip.compress(json.dumps(call()).encode())
    await client.post("/mcp/files", content=body, headers={"content-encoding": "gzip"})
    assert client.upstream.asked[0]["body"] == call()
    assert client.upstream.header("content-encoding") is None


def test_paths_and_refusals():
    assert server_in("/mcp/a") == "a"
    assert server_in("/v1/a") is None
    assert rendered(500, "m", None)["error"]["code"] == -32603
