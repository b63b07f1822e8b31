"""WebSockets through a real server and a real client."""

import asyncio
import contextlib

import pytest
import uvicorn
from routeiq_plugin_sdk import PluginResponse, Principal, Reject

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

    async def serve(app, *plugins, **settings):
        manager = PluginManager(ManagerSettings(**settings))
        for one in plugins:
            for name in manager.settings.instances_of(one.metadata.name):
                manager.register(one, name=name)
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


def observing(plugin, *hooks, **metadata):
    ends = []

    async def response(request, response):
        ends.append((request.method, response.status_code, response.aborted, response.short_circuited_by))

    return plugin("p", response, *hooks, **metadata), ends


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


class Server:
    """Plays the server's part of one connection: what it says in turn, and what it hears."""

    def __init__(self, *says, extension=False):
        self.says = list(says)
        self.heard = []
        self.scope = {"type": "websocket", "path": "/", "headers": [], "scheme": "ws"}
        if extension:
            self.scope["extensions"] = {"websocket.http.response": {}}

    async def receive(self):
        if not self.says:
            await asyncio.Event().wait()
        return self.says.pop(0)

    async def send(self, message):
        self.heard.append(message)

    def kinds(self):
        return [message["type"].removeprefix("websocket.") for message in self.heard]


CONNECT = {"type": "websocket.connect"}
GONE = {"type": "websocket.disconnect", "code": 1006}


@pytest.fixture
async def serve(plugin):
    """serve(server, app, *hooks) -> how the connection ended, as the `response` phase was told."""
    managers = []

    async def serve(server, app, *hooks, **metadata):
        one, ends = observing(plugin, *hooks, **metadata)
        manager = PluginManager(ManagerSettings())
        manager.register(one)
        managers.append(manager)
        await manager.start()
        async with asyncio.timeout(5):
            await PluginMiddleware(app, manager)(server.scope, server.receive, server.send)
        assert len(ends) == 1
        return ends[0][1:]

    yield serve
    for manager in managers:
        await manager.stop()


async def test_where_no_response_can_be_sent_a_refusal_is_a_close(serve):
    async def request(request):
        raise Reject(429, "slow down", headers={"retry-after": "3"})

    server = Server(CONNECT)
    assert await serve(server, echo, request) == (403, False, "p")
    assert server.heard == [{"type": "websocket.close", "code": 1008}]


async def test_a_refusal_is_framed_and_identified_once(serve):
    async def request(request):
        return PluginResponse(b"no", 403, {"content-length": "77", "x-request-id": "mine"})

    server = Server(CONNECT, extension=True)
    assert await serve(server, echo, request) == (403, False, "p")
    names = [name for name, _ in server.heard[0]["headers"]]
    assert sorted(names) == [b"content-length", b"x-request-id"]
    assert (b"content-length", b"2") in server.heard[0]["headers"]


async def test_a_client_that_leaves_before_the_handshake_is_499(serve):
    async def request(request):
        return PluginResponse(b"no", 403)

    assert await serve(Server(GONE, extension=True), echo, request) == (499, True, "p")

    async def app(scope, receive, send):
        await receive()
        await receive()

    assert await serve(Server(CONNECT, GONE), app) == (499, True, None)


async def test_a_failing_plugin_or_application_is_offered_to_the_error_phase_before_the_handshake(serve):
    async def request(request):
        raise ValueError

    async def error(exception):
        return PluginResponse.text(type(exception).__name__, 418)

    async def broken(scope, receive, send):
        await receive()
        raise ZeroDivisionError

    server = Server(CONNECT, extension=True)
    assert await serve(server, echo, request, error, failure_mode="abort") == (418, False, "p")
    assert server.heard[1]["body"] == b"PluginAborted"
    server = Server(CONNECT, extension=True)
    assert await serve(server, broken, error) == (418, False, "p")
    assert server.heard[1]["body"] == b"ZeroDivisionError"


async def test_an_application_that_fails_before_the_handshake_is_answered_and_reported(serve, plugin):
    one, ends = observing(plugin)
    manager = PluginManager(ManagerSettings())
    manager.register(one)

    async def broken(scope, receive, send):
        raise ZeroDivisionError("secret")

    server = Server(CONNECT, extension=True)
    async with manager:
        with pytest.raises(ZeroDivisionError):
            await PluginMiddleware(broken, manager)(server.scope, server.receive, server.send)
    assert server.heard[0]["status"] == 500
    assert b"secret" not in server.heard[1]["body"]
    assert ends == [("WEBSOCKET", 500, False, None)]


async def test_an_application_that_fails_later_breaks_the_connection(plugin):
    one, ends = observing(plugin)
    manager = PluginManager(ManagerSettings())
    manager.register(one)

    async def broken(scope, receive, send):
        await send({"type": "websocket.accept"})
        raise ZeroDivisionError

    server = Server(CONNECT)
    async with manager:
        with pytest.raises(ZeroDivisionError):
            await PluginMiddleware(broken, manager)(server.scope, server.receive, server.send)
    assert ends == [("WEBSOCKET", 101, True, None)]


async def test_an_application_refuses_in_its_own_way(serve):
    async def closes(scope, receive, send):
        await send({"type": "websocket.close", "code": 4000})

    async def responds(scope, receive, send):
        await send({"type": "websocket.http.response.start", "status": 410, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b"gone"})

    async def says_nothing(scope, receive, send):
        await receive()

    assert await serve(Server(CONNECT), closes) == (403, False, None)
    server = Server(CONNECT, extension=True)
    assert await serve(server, responds) == (410, False, None)
    assert server.heard[0]["headers"][0][0] == b"x-request-id"
    assert await serve(Server(CONNECT), says_nothing) == (500, True, None)


async def test_the_applications_own_request_id_is_replaced(serve):
    async def app(scope, receive, send):
        await send({"type": "websocket.accept", "headers": [(b"X-Request-Id", b"mine"), (b"x", b"1")]})
        await send({"type": "websocket.close"})

    server = Server(CONNECT)
    assert await serve(server, app) == (101, False, None)
    assert [name for name, _ in server.heard[0]["headers"]] == [b"x", b"x-request-id"]
    assert server.heard[0]["headers"][1][1] != b"mine"


async def test_after_a_plugin_has_closed_the_application_hears_of_it_and_nothing_more_is_sent(serve):
    heard, errors = [], []

    async def websocket_message(message, from_client):
        if message == "bad":
            raise Reject(403, "\u00e4" * 100)

    async def stubborn(scope, receive, send):
        assert await receive() == CONNECT
        await send({"type": "websocket.accept"})
        for _ in range(3):
            heard.append(await receive())
            try:
                await send({"type": "websocket.send", "text": "more"})
            except OSError as error:
                errors.append(error)
        await send({"type": "websocket.close"})

    server = Server(CONNECT, {"type": "websocket.receive", "text": "bad"}, {"type": "websocket.receive", "text": "x"})
    assert await serve(server, stubborn, websocket_message) == (101, True, None)
    assert [message["type"] for message in heard] == ["websocket.disconnect"] * 3
    assert server.kinds() == ["accept", "close"]
    assert server.heard[1]["code"] == 1008
    assert server.heard[1]["reason"] == "\u00e4" * 61  # 123 bytes at most, and no half character
    assert len(errors) == 3


async def test_an_application_may_end_by_the_error_of_a_closed_connection(serve):
    async def websocket_message(message):
        raise ValueError

    async def app(scope, receive, send):
        await send({"type": "websocket.accept"})
        try:
            await send({"type": "websocket.send", "bytes": b"x"})
        except OSError as error:
            raise LookupError("the framework's own") from error

    server = Server(CONNECT)
    assert await serve(server, app, websocket_message, failure_mode="abort") == (101, True, None)
    assert (server.kinds(), server.heard[1]["code"]) == (["accept", "close"], 1011)


async def test_a_reject_of_the_applications_own_closes_the_connection(serve):
    async def app(scope, receive, send):
        await send({"type": "websocket.accept"})
        raise Reject(403, "enough")

    server = Server(CONNECT)
    assert await serve(server, app) == (101, True, None)
    assert server.heard[1] == {"type": "websocket.close", "code": 1008, "reason": "enough"}


async def test_a_message_may_become_empty_or_of_the_other_kind(serve):
    heard = []

    async def websocket_message(message, from_client):
        return {"a": "", "b": b"bytes", b"c": "text", b"": b"was empty"}[message]

    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        for _ in range(4):
            heard.append(await receive())
        await send({"type": "websocket.close"})

    says = [{"text": "a"}, {"text": "b", "bytes": None}, {"bytes": b"c", "text": None}, {"bytes": None, "text": None}]
    server = Server(CONNECT, *({"type": "websocket.receive", **message} for message in says))
    await serve(server, app, websocket_message)
    content = [{key: value for key, value in message.items() if key != "type"} for message in heard]
    assert content == [{"text": ""}, {"bytes": b"bytes"}, {"text": "text"}, {"bytes": b"was empty"}]


async def test_a_cancelled_connection_has_its_end(plugin):
    one, ends = observing(plugin)
    manager = PluginManager(ManagerSettings())
    manager.register(one)
    accepts = asyncio.Event()

    async def app(scope, receive, send):
        if accepts.is_set():
            await send({"type": "websocket.accept"})
        await asyncio.Event().wait()

    async with manager:
        for _ in range(2):
            server = Server(CONNECT)
            middleware = PluginMiddleware(app, manager)
            task = asyncio.create_task(middleware(server.scope, server.receive, server.send))
            await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            accepts.set()
    assert ends == [("WEBSOCKET", 499, True, None), ("WEBSOCKET", 101, True, None)]


async def test_messages_are_seen_by_those_who_are_narrowed_to_the_handshake(plugin, serving):
    seen = []

    async def authenticate(request):
        return Principal(request.headers["x-key"])

    async def websocket_message(message, from_client, context):
        seen.append(context.plugin)

    async def response(context):
        seen.append((context.plugin, "response"))

    words = {"path": {"path": "/chat"}, "other": {"path": "/"}, "key": {"key": "k"}, "model": {"model": "*"}}
    url = await serving(
        echo,
        plugin("auth", authenticate),
        plugin("p", websocket_message, response),
        plugins={f"p#{name}": {"when": when} for name, when in words.items()},
    )
    async with connect(url, additional_headers={"x-key": "k"}) as client:
        await client.send("hi")
        assert await client.recv() == "hi"
    await until(lambda: len(seen) == 6)
    assert seen[:4] == ["p#key", "p#path"] * 2
    assert sorted(seen[4:]) == [("p#key", "response"), ("p#path", "response")]
