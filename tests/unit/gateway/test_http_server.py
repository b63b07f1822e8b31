"""uvicorn as the gateway runs it: why a start failed is known, and lifespan alone is watched."""

import asyncio
import logging
import signal
import socket

import pytest
import uvicorn

from routeiq.core.errors import StartupError
from routeiq.gateway import http_server
from routeiq.gateway.http_server import LifespanWatch, Server
from routeiq.gateway.listening import bind


async def lifespan(receive, send, failure=None):
    while True:
        kind = (await receive())["type"]
        if failure is not None:
            raise failure
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


@pytest.fixture
def make():
    """make(app): a server for it, and the sockets at which it will listen."""
    opened: list[socket.socket] = []

    def make(app, on_started=lambda: None, on_ending=lambda: None):
        opened.extend(bind("127.0.0.1", 0))
        config = uvicorn.Config(
            app, lifespan="on", interface="asgi3", log_config=None, http="httptools", ws="none", proxy_headers=False
        )
        return Server(config, on_started, on_ending), opened

    yield make
    for one in opened:
        one.close()


async def test_the_reason_of_a_failed_start_is_known_and_not_logged_twice(make, caplog):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "the plugin said no"})

    server, sockets = make(app)
    with pytest.raises(SystemExit):
        await server.serve(sockets)
    assert server.failure == "the plugin said no"
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_an_error_of_the_host_is_its_own_reason(make, caplog):
    async def app(scope, receive, send):
        await lifespan(receive, send, StartupError("p", "no"))

    server, sockets = make(app)
    with pytest.raises(SystemExit):
        await server.serve(sockets)
    assert server.failure is not None
    assert "plugin 'p'" in server.failure
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_fault_of_ours_keeps_its_traceback(make, caplog):
    async def app(scope, receive, send):
        await lifespan(receive, send, ZeroDivisionError("oops"))

    server, sockets = make(app)
    with pytest.raises(SystemExit):
        await server.serve(sockets)
    assert server.failure == "ZeroDivisionError: oops"
    [record] = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert record.exc_info is not None


async def test_requests_do_not_pass_through_the_watch(make):
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    started = asyncio.Event()
    server, sockets = make(app, started.set)
    running = asyncio.create_task(server.serve(sockets))
    await started.wait()
    assert server.config.loaded_app is app
    reader, writer = await asyncio.open_connection(*sockets[0].getsockname())
    writer.write(b"GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
    assert (await reader.read()).endswith(b"ok")
    writer.close()
    server.handle_exit(signal.SIGTERM, None)
    await running


async def test_a_second_interrupt_does_not_wait(make):
    server, _ = make(lambda *_: None)
    server.handle_exit(signal.SIGTERM, None)
    server.handle_exit(signal.SIGTERM, None)
    assert (server.should_exit, server.force_exit) == (True, False)
    server.handle_exit(signal.SIGINT, None)
    assert server.force_exit is True


async def test_the_watch_passes_other_events_on():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    await LifespanWatch(app, seen.append)({"type": "http"}, None, None)
    assert seen == ["http"]


class Client:
    """A connection that is kept alive."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def get(self):
        self.writer.write(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n")
        async with asyncio.timeout(5):
            head = await self.reader.readuntil(b"\r\n\r\n")
            await self.reader.readexactly(2)
        return b"connection: close" in head

    async def ended(self):
        async with asyncio.timeout(5):
            return await self.reader.read() == b""


@pytest.fixture
async def serving(make):
    """serving(app): a server that runs, what it noted of its end, and a way to connect to it."""
    writers, tasks = [], []

    async def serving(app):
        started, ends = asyncio.Event(), []
        server, sockets = make(app, started.set, lambda: ends.append(True))
        server.config.timeout_graceful_shutdown = 1
        tasks.append(asyncio.create_task(server.serve(sockets)))
        await started.wait()
        address = sockets[0].getsockname()

        async def connect():
            reader, writer = await asyncio.open_connection(*address)
            writers.append(writer)
            return Client(reader, writer)

        return server, ends, connect, tasks[-1]

    yield serving
    for writer in writers:
        writer.close()
    for task in tasks:
        await task


async def answers_ok(scope, receive, send):
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def test_a_server_that_retires_tells_clients_with_their_next_answer(serving):
    server, ends, connect, task = await serving(answers_ok)
    client = await connect()
    assert await client.get() is False
    server.retire(30)
    server.retire(30)
    await asyncio.sleep(0)
    assert ends == [True]
    with pytest.raises(ConnectionRefusedError):
        await connect()
    assert await client.get() is True
    assert await client.ended()
    await task


async def test_idle_connections_of_a_server_that_retires_are_closed_after_a_while(serving, monkeypatch):
    monkeypatch.setattr(http_server, "LINGER", 0.2)
    server, _, connect, task = await serving(answers_ok)
    client = await connect()
    await client.get()
    server.retire(30)
    assert await client.ended()
    await task


def streaming(finish):
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
        await send({"type": "http.response.body", "body": b"begin ", "more_body": True})
        await finish.wait()
        await send({"type": "http.response.body", "body": b"end"})

    return app


async def test_streams_of_a_server_that_retires_are_finished(serving, monkeypatch):
    monkeypatch.setattr(http_server, "LINGER", 0.2)
    finish = asyncio.Event()
    server, _, connect, task = await serving(streaming(finish))
    client = await connect()
    client.writer.write(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n")
    await client.reader.readuntil(b"begin")
    server.retire(30)
    await asyncio.sleep(1.5)  # longer than a shutdown would wait
    assert not task.done()
    finish.set()
    async with asyncio.timeout(5):
        assert b"end" in await client.reader.read()
        await task


@pytest.mark.parametrize("linger", [0.1, 60])
async def test_a_signal_ends_a_server_that_retires_as_it_would_another(serving, monkeypatch, linger):
    monkeypatch.setattr(http_server, "LINGER", linger)
    server, _, connect, task = await serving(streaming(asyncio.Event()))
    client = await connect()
    client.writer.write(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n")
    await client.reader.readuntil(b"begin")
    server.retire(600)
    await asyncio.sleep(0.5)
    server.handle_exit(signal.SIGTERM, None)
    async with asyncio.timeout(10):
        await task
