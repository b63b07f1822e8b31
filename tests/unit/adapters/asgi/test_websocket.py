"""WebSockets through a real server and a real client."""

import asyncio
import contextlib

import pytest
import uvicorn
from routeiq_plugin_sdk import PluginResponse, Reject

from routeiq import PluginManager, PluginMiddleware
from routeiq.core.settings import ManagerSettings

websockets = pytest.importorskip("websockets", reason="the extra `websockets` is not installed")
from websockets.asyncio.client import connect  # noqa: E402


async def echo(scope, receive, send):
    """Answer every message with itself, until the client leaves or says bye."""
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        if message.get("text") == "bye":
            await send({"type": "websocket.close", "code": 1000})
            return
        if message.get("text") is not None:
            await send({"type": "websocket.send", "text": message["text"]})
        else:
            await send({"type": "websocket.send", "bytes": message["bytes"]})


@pytest.fixture
async def serving():
    """serving(app, *plugins) -> the URL of a real server."""
    running = []

    async def serve(app, *plugins):
        manager = PluginManager(ManagerSettings())
        for one in plugins:
            manager.register(one)
        config = uvicorn.Config(
            PluginMiddleware(app, manager), port=0, log_level="error", ws="websockets-sansio", lifespan="on"
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve())
        while not server.started:
            assert not task.done()
            await asyncio.sleep(0.005)
        running.append((server, task))
        return f"ws://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/chat"

    yield serve
    for server, task in running:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, 10)


def observing(plugin, *hooks):
    ends = []

    async def response(request, response):
        ends.append((request.method, response.status_code, response.aborted, response.short_circuited_by))

    return plugin("p", response, *hooks), ends


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.002)


async def test_messages_of_both_sides_are_changed_and_keep_their_kind(plugin, serving):
    async def websocket_message(message, from_client):
        if isinstance(message, bytes):
            return None
        return message + (">" if from_client else "<")

    one, ends = observing(plugin, websocket_message)
    async with connect(await serving(echo, one)) as client:
        await client.send("text")
        assert await client.recv() == "text><"
        await client.send(b"\x00\xff")
        assert await client.recv() == b"\x00\xff"
    await until(lambda: ends)
    assert ends == [("WEBSOCKET", 101, False, None)]


async def test_the_handshake_carries_the_request_id(plugin, serving):
    one, _ = observing(plugin)
    async with connect(await serving(echo, one), additional_headers={"x-request-id": "ws-7"}) as client:
        assert client.response.headers["x-request-id"] == "ws-7"


async def test_a_handshake_runs_the_inbound_phases_and_may_be_refused_with_a_response(plugin, serving):
    phases = []

    async def rewrite(request):
        phases.append("rewrite")

    async def request(request):
        phases.append("request")
        return PluginResponse.json({"no": 1}, 429)

    one, ends = observing(plugin, rewrite, request)
    with pytest.raises(websockets.exceptions.InvalidStatus) as caught:
        await connect(await serving(echo, one))
    assert caught.value.response.status_code == 429
    assert caught.value.response.body == b'{"no":1}'
    await until(lambda: ends)
    assert phases == ["rewrite", "request"]
    assert ends == [("WEBSOCKET", 429, False, "p")]


async def test_without_a_known_client_the_handshake_is_401(plugin, serving):
    async def authenticate(request):
        return None

    one, _ = observing(plugin, authenticate)
    with pytest.raises(websockets.exceptions.InvalidStatus) as caught:
        await connect(await serving(echo, one))
    assert caught.value.response.status_code == 401


@pytest.mark.parametrize("from_client", [True, False])
@pytest.mark.parametrize(
    ("error", "mode", "code"), [(Reject(403, "not this"), "continue", 1008), (ValueError("x"), "abort", 1011)]
)
async def test_a_decision_or_an_abort_closes_the_connection(plugin, serving, from_client, error, mode, code):
    sides = []

    async def websocket_message(message, from_client):
        sides.append(from_client)
        if from_client is sides_wanted:
            raise error

    sides_wanted = from_client
    ends = []

    async def response(response):
        ends.append((response.status_code, response.aborted))

    one = plugin("p", websocket_message, response, failure_mode=mode)
    async with connect(await serving(echo, one)) as client:
        await client.send("x")
        with pytest.raises(websockets.exceptions.ConnectionClosed) as caught:
            await client.recv()
    assert caught.value.rcvd.code == code
    await until(lambda: ends)
    assert ends == [(101, True)]


async def test_a_plugin_that_fails_open_loses_no_message(plugin, serving):
    async def websocket_message(message):
        raise ValueError("boom")

    one, _ = observing(plugin, websocket_message)
    async with connect(await serving(echo, one)) as client:
        await client.send("still here")
        assert await client.recv() == "still here"


async def test_a_client_that_breaks_off_has_its_end_and_one_that_closes_is_not_aborted(plugin, serving):
    one, ends = observing(plugin)
    url = await serving(echo, one)
    client = await connect(url)
    client.transport.abort()
    await until(lambda: len(ends) == 1)  # servers differ in whether they tell it from a close without a code
    async with connect(url) as client:
        await client.send("bye")
        with pytest.raises(websockets.exceptions.ConnectionClosedOK):
            await client.recv()
    await until(lambda: len(ends) == 2)
    assert not ends[1][2]
