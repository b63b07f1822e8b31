"""uvicorn as the gateway runs it: why a start failed is known, and lifespan alone is watched."""

import asyncio
import logging
import signal
import socket

import pytest
import uvicorn

from routeiq.core.errors import StartupError
from routeiq.gateway.listening import bind
from routeiq.gateway.serving import LifespanWatch, Server


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

    def make(app, on_started=lambda: None):
        opened.extend(bind("127.0.0.1", 0))
        config = uvicorn.Config(
            app, lifespan="on", interface="asgi3", log_config=None, http="httptools", ws="none", proxy_headers=False
        )
        return Server(config, on_started, None), opened

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
