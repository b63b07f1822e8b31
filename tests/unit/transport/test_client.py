"""The client: what it repeats, what it refuses, and where it belongs."""

import asyncio
import subprocess
import sys

import pytest

from routeiq import transport
from routeiq.transport import ConnectionClosed, PoolClosed, ProtocolError, Target, UpstreamClient


async def fetch(client, url, **settings):
    return await (await client.request("POST", url, **settings)).read()


# The one repetition


def closing(response, answers):
    """A script whose first connection closes, seen only with the second request on it; later ones answer on."""

    async def script(peer):
        connections.append(peer)
        if len(connections) == 1:
            await peer.answer(response(b"first"))
            await peer.request()
            await peer.send(answers)
            peer.reset() if not answers else peer.close()
        else:
            while True:
                await peer.answer(response(b"again"))

    connections: list[object] = []
    return script


async def test_a_kept_connection_that_was_closed_is_replaced_once_without_anyone_noticing(serve, client, response):
    server = await serve(closing(response, b""))
    assert await fetch(client, server.url, body=b"1") == b"first"
    assert await fetch(client, server.url, body=b"2") == b"again"
    assert [request.body for request in server.requests] == [b"1", b"2", b"2"]
    assert len(server.peers) == 2


async def test_a_long_request_is_repeated_whole(serve, client, response):
    body = bytes(range(256)) * 8192
    server = await serve(closing(response, b""))
    await fetch(client, server.url)
    assert await fetch(client, server.url, body=body) == b"again"
    assert server.requests[-1].body == body


@pytest.mark.parametrize(
    "answers", [b"H", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"]
)
async def test_once_a_byte_of_the_response_has_come_nothing_is_repeated(serve, client, response, answers):
    server = await serve(closing(response, answers))
    assert await fetch(client, server.url) == b"first"
    with pytest.raises(ConnectionClosed) as failure:
        await fetch(client, server.url)
    assert failure.value.response_started
    assert len(server.requests) == 2


async def test_what_is_no_response_is_not_repeated(serve, client, response):
    server = await serve(closing(response, b"garbage"))
    assert await fetch(client, server.url) == b"first"
    with pytest.raises(ProtocolError):
        await fetch(client, server.url)
    assert len(server.requests) == 2


async def test_a_new_connection_that_is_closed_too_is_an_error(serve, client, response):
    async def script(peer):
        if len(server.peers) == 1:
            await peer.answer(response(b"first"))
        await peer.request()
        peer.reset()

    server = await serve(script)
    assert await fetch(client, server.url) == b"first"
    with pytest.raises(ConnectionClosed) as failure:
        await fetch(client, server.url)
    assert not failure.value.response_started
    assert len(server.requests) == 3


async def test_the_repetition_takes_no_other_kept_connection(serve, make_client, response):
    """All kept ones were closed together: the second attempt must not meet another of them."""

    async def script(peer):
        while True:
            request = await peer.request()
            if request.body == b"now" and len(server.peers) <= 3:
                peer.reset()
                return
            if len(server.peers) < 3:
                await asyncio.sleep(0.01)
            await peer.send(response(b"ok"))

    server = await serve(script)
    client = make_client(max_connections=3)
    await asyncio.gather(*(fetch(client, server.url) for _ in range(3)))
    assert len(server.peers) == 3
    assert await asyncio.wait_for(fetch(client, server.url, body=b"now"), 5) == b"ok"
    assert sum(request.body == b"now" for request in server.requests) == 2
    assert len(server.peers) == 4


# What it takes


async def test_a_target_and_a_url_do_the_same(serve, client, response):
    async def script(peer):
        while True:
            await peer.answer(response(b"ok"))

    server = await serve(script)
    assert await fetch(client, f"{server.url}/v1") == await fetch(client, Target.parse(f"{server.url}/v1")) == b"ok"
    assert server.requests[0].head == server.requests[1].head


@pytest.mark.parametrize(
    ("method", "path", "headers", "body"),
    [
        ("GET\r\n", "/", [], b""),
        ("GET", "/\r\nx: y", [], b""),
        ("GET", "/", [(b"x", b"a\r\nb: c")], b""),
        ("GET", "/", [(b"x\n", b"a")], b""),
        ("GET", "/", [(b"x", b"\0")], b""),
        ("GET", "/", [(b"content-length", b"1")], b""),
    ],
)
async def test_what_cannot_be_sent_is_refused_before_anything_is_written(
    serve, make_client, response, method, path, headers, body
):
    server = await serve(lambda peer: peer.answer(response(b"ok")))
    client = make_client(max_connections=1)
    with pytest.raises(ValueError):
        await client.request(method, server.url + path, headers, body)
    assert not server.peers
    assert await fetch(client, server.url) == b"ok"


@pytest.mark.parametrize("body", ["text", None, 5, "x" * 1_000_000])
async def test_a_body_that_is_not_bytes_costs_no_slot(serve, make_client, response, body):
    server = await serve(lambda peer: peer.answer(response(b"ok")))
    client = make_client(max_connections=1)
    with pytest.raises(TypeError):
        await client.request("POST", server.url, (), body)
    assert await fetch(client, server.url) == b"ok"


@pytest.mark.parametrize(
    "setting", ["connect_timeout", "read_timeout", "max_connections", "keepalive_seconds", "max_response_body"]
)
def test_a_bound_that_lets_nothing_through_is_refused(setting):
    with pytest.raises(ValueError, match="positive"):
        UpstreamClient(**{setting: 0})


# Life and end


async def test_a_closed_client_refuses_requests_to_known_and_unknown_origins(serve, client, response):
    server = await serve(lambda peer: peer.answer(response(b"ok")))
    assert await fetch(client, server.url) == b"ok"
    await client.aclose()
    await client.aclose()
    for url in (server.url, "http://127.0.0.1:1"):
        with pytest.raises(PoolClosed, match="the client was closed"):
            await client.request("GET", url)


async def test_a_client_that_was_never_used_is_closed_at_once():
    await UpstreamClient().aclose()


async def test_closing_that_is_cancelled_closes_all_the_same(serve, client, response):
    async def script(peer):
        while True:
            await peer.answer(response(b"ok"))

    servers = [await serve(script), await serve(script)]
    for server in servers:
        await fetch(client, server.url)
    closing = asyncio.create_task(client.aclose())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)
    for server in servers:
        await asyncio.wait_for(server.peers[0].gone.wait(), 5)


def test_a_client_belongs_to_one_event_loop(unused_tcp_port):
    client = UpstreamClient()

    async def use(port):
        await client.request("GET", f"http://127.0.0.1:{port}")

    with pytest.raises(transport.ConnectFailed):
        asyncio.run(use(unused_tcp_port))
    with pytest.raises(RuntimeError, match="event loop"):
        asyncio.run(use(unused_tcp_port + 1))


def test_uvloop_and_web_servers_are_not_imported():
    code = (
        "import sys; sys.modules['uvloop'] = None; import routeiq.transport; "
        "print([name for name in ('starlette', 'uvicorn', 'litellm') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_everything_public_is_exported_and_documented():
    classes = [name for name, value in vars(transport).items() if isinstance(value, type)]
    assert sorted(transport.__all__) == sorted(classes)
    assert all(getattr(transport, name).__doc__ for name in transport.__all__)
