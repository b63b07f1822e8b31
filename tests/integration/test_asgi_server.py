"""`PluginMiddleware` under a real server on a loopback socket: what is on the wire, and who hears of its end."""

import asyncio
import contextlib
import logging
import re
from dataclasses import dataclass, field

import pytest
import uvicorn
from routeiq_plugin_sdk import PluginResponse, Reject
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute

from routeiq import PluginManager, PluginMiddleware
from routeiq.core.settings import ManagerSettings


@dataclass
class Serving:
    """A server, and what the witness plugin was told of its requests: status, aborted, short-circuited by."""

    port: int
    server: uvicorn.Server
    manager: PluginManager | None = None
    ends: list[tuple[int, bool, str | None]] = field(default_factory=list)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def talk(self, *requests: bytes) -> bytes:
        """Send requests over one connection, and return all that comes back until it is closed."""
        reader, writer = await self.connect()
        for request in requests:
            writer.write(request)
            await writer.drain()
        async with asyncio.timeout(5):
            answer = await reader.read()
        writer.close()
        return answer

    async def ended(self, count: int = 1) -> None:
        async with asyncio.timeout(5):
            while len(self.ends) < count:
                await asyncio.sleep(0.002)


@pytest.fixture
async def serving(plugin, monkeypatch):
    """serving(app, *plugins, http=..., shutdown=seconds, **options) -> Serving; nothing may be left behind."""
    running = []

    async def serve(app, *plugins, http="httptools", shutdown=5, **options):
        manager = PluginManager(ManagerSettings())
        for one in plugins:
            manager.register(one)
        ends = []

        async def response(response):
            ends.append((response.status_code, response.aborted, response.short_circuited_by))

        manager.register(plugin("witness", response))
        config = uvicorn.Config(
            PluginMiddleware(app, manager, **options), port=0, log_level="error", access_log=False, lifespan="on",
            http=http, ws="websockets-sansio", timeout_graceful_shutdown=shutdown, server_header=False,
            date_header=False, proxy_headers=False, log_config=None,
        )  # fmt: skip
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve())
        while not server.started:
            assert not task.done(), "the server did not start"
            await asyncio.sleep(0.002)
        running.append((server, task))
        return Serving(server.servers[0].sockets[0].getsockname()[1], server, manager, ends)

    for name in ("uvicorn", "uvicorn.error"):  # other tests may have configured them
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    before = asyncio.all_tasks()
    yield serve
    for server, task in running:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, 10)
    for _ in range(20):  # what the server itself cancelled needs a moment
        await asyncio.sleep(0)
    assert asyncio.all_tasks() <= before | {asyncio.current_task()}


def get(path="/", *headers, method="GET"):
    lines = [f"{method} {path} HTTP/1.1", "Host: h", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def post(body, *headers, path="/"):
    return get(path, f"Content-Length: {len(body)}", *headers, method="POST") + body


def status_of(answer):
    return int(answer.split(b" ", 2)[1])


def body_of(answer):
    return answer.split(b"\r\n\r\n", 1)[1]


async def echo(scope, receive, send):
    """Answer with the body, and its length as it was announced."""
    if scope["type"] == "lifespan":
        raise RuntimeError
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = [(b"content-length", b"%d" % len(body))]
    headers += [(b"x-announced", value) for name, value in scope["headers"] if name == b"content-length"]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def streaming(gate, *, listens=False, chunks=(b"one ", b"two ", b"three")):
    """Return an application whose first chunk is followed by the others when the gate opens."""

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": chunks[0], "more_body": True})
        if listens:
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        await gate.wait()
        for chunk in chunks[1:]:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return app


def named(phase, function):
    """Return a hook of this phase that calls a function of no arguments."""

    async def hook():
        return function()

    hook.__name__ = phase
    return hook


def no_ops(*phases):
    return [named(phase, lambda: None) for phase in phases]


@pytest.mark.parametrize("http", ["httptools", "h11"])
async def test_the_first_chunk_leaves_before_the_second_is_made(plugin, serving, http):
    async def response_chunk(chunk):
        return chunk.upper()

    async def response_body(body):
        raise AssertionError

    gate = asyncio.Event()

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            raise RuntimeError
        start, rest = send, streaming(gate)

        async def as_events(message):
            if message["type"] == "http.response.start":
                message = {**message, "headers": [(b"content-type", b"text/event-stream")]}
            await start(message)

        await rest(scope, receive, as_events)

    host = await serving(app, plugin("p", response_chunk, response_body, failure_mode="abort"), http=http)
    reader, writer = await host.connect()
    writer.write(get())
    async with asyncio.timeout(5):
        assert b"ONE" in await reader.readuntil(b"ONE ")
        assert host.ends == []
        gate.set()
        assert (await reader.read()).endswith(b"0\r\n\r\n")
    writer.close()
    await host.ended()
    assert host.ends == [(200, False, None)]


@pytest.mark.parametrize("phases", [(), ("rewrite", "request", "response_headers", "error")])
@pytest.mark.parametrize("http", ["httptools", "h11"])
async def test_plugins_that_do_nothing_leave_the_wire_as_it_is(plugin, serving, http, phases):
    async def page(request):
        return PlainTextResponse("text", headers={"set-cookie": "a=1"})

    async def stream(request):
        async def pieces():
            for piece in ("a", "b", "c"):
                yield piece

        return StreamingResponse(pieces())

    async def nothing(request):
        return Response(status_code=204)

    async def unchanged(request):
        return Response(status_code=304, headers={"etag": "x"})

    async def upload(request):
        return JSONResponse(len(await request.body()))

    app = Starlette(
        routes=[
            Route("/page", page), Route("/stream", stream), Route("/nothing", nothing),
            Route("/unchanged", unchanged), Route("/upload", upload, methods=["POST"]),
        ]
    )  # fmt: skip
    config = uvicorn.Config(
        app, port=0, log_level="error", http=http, server_header=False, date_header=False, access_log=False
    )
    bare = uvicorn.Server(config)
    task = asyncio.create_task(bare.serve())
    while not bare.started:
        await asyncio.sleep(0.002)
    plain = Serving(bare.servers[0].sockets[0].getsockname()[1], bare)
    host = await serving(app, plugin("p", *no_ops(*phases)), http=http)
    for request in (
        get("/page"), get("/page", method="HEAD"), get("/stream"), get("/nothing"), get("/unchanged"), get("/missing"),
        get("/page", method="DELETE"), post(b"abc", path="/upload"),
    ):  # fmt: skip
        expected, answer = await plain.talk(request), await host.talk(request)
        answer, count = re.subn(rb"x-request-id: [^\r]*\r\n", b"", answer)
        assert count == 1
        assert answer == expected
    bare.should_exit = True
    await task


async def test_every_kind_of_response_keeps_a_connection_usable_while_plugins_read_bodies(plugin, serving):
    hooks = no_ops("request_body", "request_chunk", "response_headers", "response_chunk", "response_body")

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            raise RuntimeError
        status = int(scope["path"][1:])
        bodyless = status in (204, 304) or scope["method"] == "HEAD"
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"" if bodyless else b"text"})

    host = await serving(app, plugin("p", *hooks))
    alive = [get(f"/{status}", method=m).replace(b"Connection: close\r\n", b"")
             for status in (200, 204, 304, 404) for m in ("GET", "HEAD")]  # fmt: skip
    answer = await host.talk(*alive, get("/200"))
    assert [int(code) for code in re.findall(rb"HTTP/1.1 (\d+)", answer)] == [
        200, 200, 204, 204, 304, 304, 404, 404, 200
    ]  # fmt: skip
    assert answer.count(b"\r\n\r\ntext") == 3
    await host.ended(9)
    assert host.ends == [(code, False, None) for code in (200, 200, 204, 204, 304, 304, 404, 404, 200)]


@pytest.mark.parametrize("hooks", [("request_body",), ("request_chunk",), ("request_body", "request_chunk"), ()])
async def test_a_body_in_chunks_of_one_byte_arrives_whole(plugin, serving, hooks):
    host = await serving(echo, plugin("p", *no_ops(*hooks)))
    reader, writer = await host.connect()
    writer.write(get("/", "Transfer-Encoding: chunked", method="POST"))
    for byte in b"piecemeal":
        writer.write(b"1\r\n%c\r\n" % byte)
        await writer.drain()
        await asyncio.sleep(0)
    writer.write(b"0\r\n\r\n")
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    assert body_of(answer) == b"piecemeal"
    assert (b"x-announced: 9" in answer) is ("request_body" in hooks)


async def test_a_body_over_the_limit_is_refused_before_it_is_sent(plugin, serving):
    host = await serving(echo, plugin("p", *no_ops("request_body")), max_body=10)
    reader, writer = await host.connect()
    writer.write(get("/", "Content-Length: 1000000", "Expect: 100-continue", method="POST"))
    async with asyncio.timeout(5):
        answer = await reader.readuntil(b"}}")
    writer.close()
    assert status_of(answer) == 413  # and no "100 Continue" before it
    await host.ended()
    assert host.ends == [(413, False, None)]


class TestDepartures:
    @pytest.mark.parametrize("hooks", [("request_body",), ("request_chunk",), ()])
    async def test_in_the_middle_of_the_request(self, plugin, serving, hooks, caplog):
        host = await serving(echo, plugin("p", *no_ops(*hooks)))
        _, writer = await host.connect()
        writer.write(get("/", "Content-Length: 100", method="POST") + b"only this")
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.transport.abort()
        await host.ended()
        assert host.ends == [(499, True, None)]
        assert caplog.records == []

    async def test_while_the_answer_is_being_made(self, plugin, serving):
        async def app(scope, receive, send):
            if scope["type"] == "lifespan":
                raise RuntimeError
            while (await receive())["type"] != "http.disconnect":
                pass

        host = await serving(app, plugin("p", *no_ops("response_body")))
        _, writer = await host.connect()
        writer.write(get())
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.close()
        await host.ended()
        assert host.ends == [(499, True, None)]

    @pytest.mark.parametrize("hooks", [("response_chunk",), ("response_headers",), ()])
    async def test_in_the_middle_of_a_stream(self, plugin, serving, hooks, caplog):
        host = await serving(streaming(asyncio.Event(), listens=True), plugin("p", *no_ops(*hooks)))
        reader, writer = await host.connect()
        writer.write(get())
        await reader.readuntil(b"one ")
        writer.transport.abort()
        await host.ended()
        assert host.ends == [(200, True, None)]
        assert caplog.records == []

    async def test_while_a_plugin_waits(self, plugin, serving):
        entered, leave = asyncio.Event(), asyncio.Event()

        async def request(request):
            entered.set()
            await leave.wait()

        host = await serving(echo, plugin("p", request))
        _, writer = await host.connect()
        writer.write(get())
        await entered.wait()
        writer.transport.abort()
        await asyncio.sleep(0.02)
        leave.set()
        await host.ended()
        assert host.ends == [(499, True, None)]

    async def test_of_the_server_itself(self, plugin, serving):
        """A server that may wait no longer cancels its requests: they end like any other."""
        ended = []

        async def response(response):
            await asyncio.sleep(0.01)
            ended.append((response.status_code, response.aborted))

        host = await serving(streaming(asyncio.Event()), plugin("slow", response), shutdown=0)
        reader, writer = await host.connect()
        writer.write(get())
        await reader.readuntil(b"one ")
        host.server.should_exit = True
        await host.ended()
        async with asyncio.timeout(5):
            while not ended:
                await asyncio.sleep(0.002)
        writer.close()
        assert (host.ends, ended) == ([(200, True, None)], [(200, True)])


class TestRefusals:
    @pytest.mark.parametrize("error", [Reject(403, "no"), ValueError("secret")])
    @pytest.mark.parametrize("http", ["httptools", "h11"])
    async def test_a_refused_chunk_cuts_the_connection(self, plugin, serving, error, http):
        async def response_chunk(chunk):
            if chunk.startswith(b"two"):
                raise error

        gate = asyncio.Event()
        gate.set()
        host = await serving(streaming(gate), plugin("p", response_chunk, failure_mode="abort"), http=http)
        answer = await host.talk(get())
        assert status_of(answer) == 200
        assert b"one" in answer
        assert b"two" not in answer
        assert not answer.endswith(b"0\r\n\r\n")
        await host.ended()
        assert host.ends == [(200, True, None)]

    async def test_an_error_is_logged_once_and_its_reason_stays_inside(self, plugin, serving, caplog):
        async def app(scope, receive, send):
            if scope["type"] == "lifespan":
                raise RuntimeError
            raise ZeroDivisionError("secret")

        host = await serving(app)
        answer = await host.talk(get())
        assert status_of(answer) == 500
        assert b"secret" not in answer
        records = [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert len(records) == 1
        await host.ended()
        assert host.ends == [(500, False, None)]

    @pytest.mark.parametrize("phase", ["rewrite", "request", "request_body", "response_headers", "response_body"])
    async def test_a_decision_is_logged_by_nobody_and_an_abort_once(self, plugin, serving, caplog, phase):
        def refuses():
            raise Reject(451, "not here", "law")

        def fails():
            raise ValueError("secret")

        for hook, status, count in ((refuses, 451, 0), (fails, 500, 1)):
            host = await serving(echo, plugin("p", named(phase, hook), failure_mode="abort"))
            answer = await host.talk(post(b"x"))
            await host.ended()
            assert (status_of(answer), host.ends) == (status, [(status, False, "p")])
            assert b"secret" not in answer
            assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == count

    async def test_what_a_client_sends_can_split_nothing(self, plugin, serving):
        async def request(request):
            return PluginResponse.text("in", headers={"x-seen": request.headers.get("x-given", "")})

        host = await serving(echo, plugin("p", request))
        for value in (b"a\rb", b"a\x00b"):
            answer = await host.talk(get("/", "X-Given: PLACE").replace(b"PLACE", value))
            assert status_of(answer) in (200, 400)  # refused by the server, or by the check of what leaves
            assert value not in answer
        answer = await host.talk(get("/", 'X-Request-Id: a\\b"c', "X-Given: plain"))
        assert b"x-seen: plain" in answer
        assert b"a\\b" not in answer


async def test_a_client_behind_a_trusted_proxy_is_known_by_its_address(plugin, serving):
    seen = []

    async def request(request):
        seen.append((request.client.host, request.scheme, request.headers["host"]))

    forwarded = ["X-Forwarded-For: 6.6.6.6, 1.2.3.4", "X-Forwarded-Proto: https", "X-Forwarded-Host: api.example"]
    host = await serving(echo, plugin("p", request), trusted_proxies=["127.0.0.0/8"])
    await host.talk(get("/", *forwarded))
    stranger = await serving(echo, plugin("p", request), trusted_proxies=["10.0.0.0/8"])
    await stranger.talk(get("/", *forwarded))
    assert seen == [("1.2.3.4", "https", "api.example"), ("127.0.0.1", "http", "h")]


async def test_plugins_that_come_and_go_meet_only_the_requests_that_begin_later(plugin, serving):
    calls, gate = [], asyncio.Event()

    def counting(name):
        async def response_chunk(chunk):
            calls.append(name)

        return plugin(name, response_chunk)

    host = await serving(streaming(gate), counting("old"))
    reader, writer = await host.connect()
    writer.write(get())
    await reader.readuntil(b"one ")
    host.manager.register(counting("new"))
    await host.manager.settled()
    leaving = asyncio.create_task(host.manager.unregister("old"))
    await asyncio.sleep(0.01)
    gate.set()
    async with asyncio.timeout(5):
        assert (await reader.read()).endswith(b"0\r\n\r\n")
        await leaving  # once the last request that knew it has ended
    writer.close()
    assert calls == ["old"] * 4
    await host.talk(get())
    assert calls[4:] == ["new"] * 4


class TestStarlette:
    """What applications do that were written for no plugins."""

    async def test_a_refused_response_leaves_background_work_alone_and_stops_a_stream(self, plugin, serving, caplog):
        done, made = [], []

        async def response_headers(response):
            raise Reject(403, "no")

        async def page(request):
            return PlainTextResponse("x", background=BackgroundTask(done.append, "background"))

        async def stream(request):
            async def pieces():
                while True:
                    made.append(1)
                    yield b"x"
                    await asyncio.sleep(0)

            return StreamingResponse(pieces())

        app = Starlette(routes=[Route("/page", page), Route("/stream", stream)])
        host = await serving(app, plugin("p", response_headers))
        assert status_of(await host.talk(get("/page"))) == 403
        async with asyncio.timeout(5):
            while done != ["background"]:
                await asyncio.sleep(0.002)
        assert status_of(await host.talk(get("/stream"))) == 403
        assert len(made) <= 2
        assert caplog.records == []

    async def test_a_refused_body_is_refused_through_middlewares_with_tasks_of_their_own(self, plugin, serving, caplog):
        async def request_chunk(chunk):
            raise Reject(422, "not this", "bad_piece")

        class Passing(BaseHTTPMiddleware):
            async def dispatch(self, request, call_next):
                return await call_next(request)

        async def upload(request):
            return JSONResponse(await request.json())

        app = Starlette(
            routes=[Route("/", upload, methods=["POST"])], middleware=[Middleware(Passing), Middleware(Passing)]
        )
        host = await serving(app, plugin("p", request_chunk))
        answer = await host.talk(post(b"{}"))
        assert status_of(answer) == 422
        assert b"bad_piece" in answer
        await host.ended()
        assert host.ends == [(422, False, "p")]
        assert caplog.records == []

    async def test_a_websocket_that_a_plugin_closes_ends_like_one_that_the_client_left(self, plugin, serving, caplog):
        websockets = pytest.importorskip("websockets", reason="the extra `websockets` is not installed")
        from websockets.asyncio.client import connect

        async def websocket_message(message, from_client):
            if message == "stop":
                raise Reject(403, "enough")

        async def chat(websocket):
            await websocket.accept()
            async for text in websocket.iter_text():
                await websocket.send_text(text)

        host = await serving(Starlette(routes=[WebSocketRoute("/", chat)]), plugin("p", websocket_message))
        async with connect(f"ws://127.0.0.1:{host.port}/") as client:
            await client.send("go")
            assert await client.recv() == "go"
            await client.send("stop")
            with pytest.raises(websockets.exceptions.ConnectionClosed) as caught:
                await client.recv()
        assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1008, "enough")
        await host.ended()
        assert host.ends == [(101, True, None)]
        assert caplog.records == []

    async def test_the_lifespan_and_its_state_reach_requests(self, plugin, serving):
        @contextlib.asynccontextmanager
        async def lifespan(app):
            yield {"answer": "42"}

        async def page(request):
            return PlainTextResponse(request.state.answer + request.scope["routeiq"].request.method)

        host = await serving(Starlette(routes=[Route("/", page)], lifespan=lifespan))
        assert body_of(await host.talk(get())) == b"42GET"
