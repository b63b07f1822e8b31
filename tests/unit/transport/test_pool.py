"""Pools: reuse, limits, turns, expiry, connecting with and without TLS; and nothing that is left behind."""

import asyncio
import socket

import pytest

from routeiq.transport import ConnectFailed, ConnectTimeout, Origin, PoolClosed
from routeiq.transport.connection import Connection
from routeiq.transport.pool import OriginPool, PoolLimits


def steady(response):
    """A script that answers each request with the connection's number."""

    async def script(peer):
        numbers.append(peer)
        mine = b"%d" % len(numbers)
        while True:
            await peer.answer(response(mine))

    numbers: list[object] = []
    return script


def gated(response, gate):
    """A script that answers each request once the gate lets it."""

    async def script(peer):
        while True:
            await peer.request()
            await gate.acquire()
            await peer.send(response(b"ok"))

    return script


async def fetch(client, url, **settings):
    return await (await client.request("GET", url, **settings)).read()


def client_tasks():
    return {task for task in asyncio.all_tasks() if task.get_name() != "server"}


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


# Reuse


async def test_a_connection_is_used_again(serve, client, response):
    server = await serve(steady(response))
    assert [await fetch(client, server.url) for _ in range(5)] == [b"1"] * 5


async def test_origins_have_connections_of_their_own(serve, client, response):
    one, two = await serve(steady(response)), await serve(steady(response))
    for _ in range(2):
        assert await fetch(client, one.url + "/a") == await fetch(client, one.url + "/b") == b"1"
        assert await fetch(client, two.url) == b"1"
    assert (len(one.peers), len(two.peers)) == (1, 1)


async def test_the_connection_used_last_is_used_first(serve, client, response):
    server = await serve(steady(response))
    answers = [await client.request("GET", server.url) for _ in range(3)]  # their bodies have come: one connection
    assert {await answer.read() for answer in answers} == {b"1"}
    bodies = await asyncio.gather(*(fetch(client, server.url) for _ in range(3)))
    assert sorted(bodies) == [b"1", b"2", b"3"]
    last = await fetch(client, server.url)
    assert [await fetch(client, server.url) for _ in range(4)] == [last] * 4


async def test_an_idle_connection_that_its_peer_closes_leaves_the_pool(serve, make_client, response):
    server = await serve(lambda peer: peer.answer(response(b"ok")))
    client = make_client(max_connections=1)
    for count in (1, 2, 3):
        assert await fetch(client, server.url) == b"ok"
        await asyncio.sleep(0.01)  # the end of the connection arrives
        assert len(server.peers) == count
    (pool,) = client._pools.values()
    assert not pool._idle
    assert not pool._live


async def test_an_idle_connection_expires(serve, make_client, response):
    server = await serve(steady(response))
    client = make_client(keepalive_seconds=0.05)
    assert await fetch(client, server.url) == b"1"
    await until(lambda: server.peers[0].gone.is_set())
    assert await fetch(client, server.url) == b"2"


class SilentTransport(asyncio.Transport):
    def abort(self):
        pass


class Loop:
    """Of an event loop, its time, which the test makes, one timer, and a peer that closes at once."""

    now = 1000.0
    timer = None

    def time(self):
        return self.now

    def call_at(self, due, callback):
        assert self.timer is None
        self.timer = due, callback
        return self.timer

    async def create_connection(self, factory, *_, **__):
        connection = factory()
        connection.connection_made(SilentTransport())
        connection.eof_received()
        return None, connection

    def advance(self, seconds):
        end = self.now + seconds
        while self.timer is not None and self.timer[0] <= end:
            (self.now, callback), self.timer = self.timer, None
            callback()
        self.now = end


def test_a_connection_expires_when_it_was_idle_for_its_time_whatever_the_others_do():
    loop = Loop()
    pool = OriginPool(Origin("up", 80, False), PoolLimits(1, 60, 1, 2), None, loop)
    used, unused = connections = [Connection(pool, "http://up", 1, loop) for _ in range(2)]
    pool._slots = 0
    for connection in connections[::-1]:
        connection.connection_made(SilentTransport())
        pool.released(connection)
    for _ in range(7):
        assert not unused.closed
        assert pool.take() is used
        loop.advance(4)
        pool.released(used)
        loop.advance(4)
    loop.advance(4)
    assert (unused.closed, used.closed) == (True, False)  # which was given back 8 seconds ago
    assert (pool._slots, pool._idle) == (1, [used])
    loop.advance(51)
    assert not used.closed
    loop.advance(1)
    assert used.closed
    assert (pool._slots, pool._idle, loop.timer) == (2, [], None)


# The limit, and those who wait


async def test_no_more_connections_than_allowed_are_opened(serve, make_client, response):
    gate = asyncio.Semaphore(0)
    server = await serve(gated(response, gate))
    client = make_client(max_connections=3)
    asked = [asyncio.create_task(fetch(client, server.url)) for _ in range(20)]
    await until(lambda: len(server.requests) == 3)
    await asyncio.sleep(0.02)
    assert len(server.peers) == len(server.requests) == 3
    for _ in asked:
        gate.release()
    assert await asyncio.gather(*asked) == [b"ok"] * 20
    assert len(server.peers) == 3


@pytest.mark.parametrize("ending", [b"", b"connection: close\r\n"], ids=["kept", "closed"])
async def test_those_who_wait_are_served_in_their_order(serve, make_client, ending):
    async def script(peer):
        while True:
            request = await peer.request()
            order.append(request.head.split()[1])
            await peer.send(b"HTTP/1.1 200 OK\r\n" + ending + b"content-length: 0\r\n\r\n")

    order: list[bytes] = []
    server = await serve(script)
    client = make_client(max_connections=1)
    asked = []
    for number in range(10):
        asked.append(asyncio.create_task(fetch(client, f"{server.url}/{number}")))
        await asyncio.sleep(0)
    await asyncio.gather(*asked)
    assert order == [b"/%d" % number for number in range(10)]


async def test_a_newcomer_does_not_overtake_those_who_wait(serve, make_client, response):
    async def script(peer):
        while True:
            order.append((await peer.request()).head.split()[1])
            await peer.send(response(b""))

    async def greedy():
        for number in range(5):
            await fetch(client, f"{server.url}/greedy{number}")

    order: list[bytes] = []
    server = await serve(script)
    client = make_client(max_connections=1)
    first = asyncio.create_task(greedy())
    await asyncio.sleep(0)
    patient = asyncio.create_task(fetch(client, f"{server.url}/patient"))
    await asyncio.gather(first, patient)
    assert order[:2] == [b"/greedy0", b"/patient"]


async def test_a_wait_that_is_cancelled_leaves_its_place(serve, make_client, response):
    gate = asyncio.Semaphore(0)
    server = await serve(gated(response, gate))
    client = make_client(max_connections=1)
    before = client_tasks()
    first, second, third = (asyncio.create_task(fetch(client, server.url)) for _ in range(3))
    await until(lambda: len(server.requests) == 1)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    (pool,) = client._pools.values()
    assert len(pool._waiting) == 1
    gate.release()
    gate.release()
    assert await asyncio.wait_for(asyncio.gather(first, third), 5) == [b"ok", b"ok"]
    assert not pool._waiting
    assert len(server.peers) == 1
    assert client_tasks() == before


async def queue(serve, make_client, ending, length):
    """A pool of one connection and tasks that want it, stopped where the second of them has just got its turn."""

    async def script(peer):
        while True:
            await peer.answer(b"HTTP/1.1 200 OK\r\n" + ending + b"content-length: 2\r\n\r\nok")

    server = await serve(script)
    client = make_client(max_connections=1)
    asked = [asyncio.create_task(fetch(client, server.url)) for _ in range(length)]
    await asyncio.sleep(0)
    (pool,) = client._pools.values()
    turn = pool._waiting[0]
    while not turn.done():
        await asyncio.sleep(0)  # which is over before the task that waits for its turn runs
    return client, server, pool, turn, asked


@pytest.mark.parametrize("ending", [b"", b"connection: close\r\n"], ids=["kept", "closed"])
async def test_a_turn_that_meets_its_cancellation_goes_to_the_next(serve, make_client, ending):
    client, server, pool, _, asked = await queue(serve, make_client, ending, 3)
    asked[1].cancel()
    assert await asyncio.wait_for(asyncio.gather(asked[0], asked[2]), 5) == [b"ok", b"ok"]
    with pytest.raises(asyncio.CancelledError):
        await asked[1]
    assert not pool._waiting
    assert await asyncio.wait_for(fetch(client, server.url), 5) == b"ok"


async def test_a_connection_that_is_closed_while_it_changes_hands_is_replaced(serve, make_client):
    _, server, _, turn, asked = await queue(serve, make_client, b"", 2)
    turn.result().close()
    assert await asyncio.wait_for(asyncio.gather(*asked), 5) == [b"ok", b"ok"]
    assert len(server.peers) == 2


async def test_a_connection_that_is_closed_while_nobody_takes_it_is_not_kept(serve, make_client):
    client, server, pool, turn, asked = await queue(serve, make_client, b"", 2)
    turn.result().close()
    asked[1].cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    assert (pool._slots, pool._idle) == (1, [])
    assert await asyncio.wait_for(fetch(client, server.url), 5) == b"ok"


async def test_a_wait_that_is_cancelled_while_the_client_closes_ends_as_cancelled(serve, make_client, response):
    server = await serve(gated(response, asyncio.Semaphore(0)))
    client = make_client(max_connections=1)
    first, second = (asyncio.create_task(fetch(client, server.url)) for _ in range(2))
    await until(lambda: len(server.requests) == 1)
    second.cancel()
    await client.aclose()
    with pytest.raises(asyncio.CancelledError):
        await second
    with pytest.raises(PoolClosed):
        await first


async def test_a_fresh_connection_takes_the_slot_of_the_oldest_idle_one(serve, make_client, response):
    server = await serve(steady(response))
    client = make_client(max_connections=2)
    await asyncio.gather(fetch(client, server.url), fetch(client, server.url))
    (pool,) = client._pools.values()
    oldest, other = pool._idle
    connection = await pool.acquire(fresh=True)
    assert oldest.closed
    assert connection not in (oldest, other)
    assert (pool._slots, pool._idle) == (0, [other])
    pool.released(connection)
    assert pool._idle == [other, connection]


async def test_who_wants_a_fresh_connection_waits_for_one_turn_and_takes_no_used_one(serve, make_client, response):
    """Of four requests over one connection the second finds it closed, and its slot taken by the third."""

    async def script(peer):
        order.append([])
        while True:
            path = (await peer.request()).head.split()[1]
            order[-1].append(path)
            if path == b"/2" and len(order) == 1:
                peer.reset()
                return
            await peer.send(response(b"ok"))

    order: list[list[bytes]] = []
    server = await serve(script)
    client = make_client(max_connections=1)
    asked = [asyncio.create_task(fetch(client, f"{server.url}/{number}")) for number in (1, 2, 3, 4)]
    assert await asyncio.wait_for(asyncio.gather(*asked), 5) == [b"ok"] * 4
    assert order == [[b"/1", b"/2"], [b"/3"], [b"/2", b"/4"]]


async def test_many_cancellations_at_any_moment_lose_no_slot(serve, make_client, response):
    async def script(peer):
        while True:
            await peer.request()
            await asyncio.sleep(0.001)
            await peer.send(response(b"ok")[:-1], b"k")

    server = await serve(script)
    client = make_client(max_connections=2)
    for turns in range(60):
        asked = [asyncio.create_task(fetch(client, server.url)) for _ in range(5)]
        for _ in range(turns):
            await asyncio.sleep(0)
        for task in asked[::2]:
            task.cancel()
        results = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 5)
        assert all(result == b"ok" for result in results[1::2]), turns
        assert all(result == b"ok" or isinstance(result, asyncio.CancelledError) for result in results), turns
    (pool,) = client._pools.values()
    await until(lambda: pool._slots + len(pool._idle) == 2)
    assert not pool._waiting
    assert not pool._connecting
    assert len(pool._live) == len(pool._idle)


# Connecting


async def test_a_refused_connection_is_an_error_that_names_the_origin(client):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    for _ in range(3):
        with pytest.raises(ConnectFailed) as failure:
            await client.request("GET", url + "/path?key=secret", [(b"authorization", b"secret")], b"secret")
        assert str(failure.value).startswith(url + ": no connection")
        assert "secret" not in str(failure.value)


async def test_an_unknown_name_is_a_failed_connection(client):
    with pytest.raises(ConnectFailed, match=r"http://up\.invalid"):
        await client.request("GET", "http://up.invalid/")
    with pytest.raises(ConnectFailed):
        await client.request("GET", f"http://{'a' * 70}.invalid/")


async def test_failed_connections_leave_their_slots_to_those_who_wait(make_client):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    client = make_client(max_connections=2)
    results = await asyncio.wait_for(
        asyncio.gather(*(client.request("GET", url) for _ in range(9)), return_exceptions=True), 5
    )
    assert {type(result) for result in results} == {ConnectFailed}


async def test_a_connection_that_its_peer_closes_at_once_is_a_failed_one():
    pool = OriginPool(Origin("up", 80, False), PoolLimits(1, 60, 1, 1), None, Loop())
    for _ in range(2):
        with pytest.raises(ConnectFailed, match="closed the connection at once"):
            await pool.acquire()


@pytest.fixture
def full():
    """A port whose queue of connections is full, so that connecting to it takes for ever."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listening.getsockname())
            fillers.append(filler)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        for filler in fillers:
            filler.close()


async def test_a_connection_that_takes_too_long_is_an_error_of_its_own(make_client, full):
    client = make_client(connect_timeout=0.05, max_connections=1)
    for _ in range(2):
        with pytest.raises(ConnectTimeout, match=r"within 0\.05 seconds"):
            await asyncio.wait_for(client.request("GET", full), 5)


async def test_a_cancelled_connecting_leaves_nothing_behind(make_client, full):
    client = make_client(max_connections=1)
    before = client_tasks()
    for _ in range(2):
        asked = asyncio.create_task(client.request("GET", full))
        next_one = asyncio.create_task(client.request("GET", full))
        await asyncio.sleep(0.02)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        (pool,) = client._pools.values()
        await until(lambda: (pool._slots, len(pool._connecting), len(pool._waiting)) == (0, 1, 0))  # noqa: B023
        next_one.cancel()
        with pytest.raises(asyncio.CancelledError):
            await next_one
        assert (pool._slots, len(pool._connecting), len(pool._waiting), len(pool._live)) == (1, 0, 0, 0)
    assert client_tasks() == before


async def test_an_ipv6_address_is_reached(serve, client, response):
    try:
        server = await serve(steady(response), host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    assert await fetch(client, server.url) == b"1"
    assert server.requests[0].head.startswith(b"GET / HTTP/1.1\r\nhost: [::1]:%d\r\n" % server.port)


# TLS


async def test_tls_works_and_its_connections_are_kept(serve, make_client, response, server_context, trusting):
    server = await serve(steady(response), context=server_context)
    client = make_client(ssl_context=trusting)
    url = f"https://localhost:{server.port}"
    assert [await fetch(client, url) for _ in range(3)] == [b"1"] * 3
    assert server.requests[0].head.startswith(b"GET / HTTP/1.1\r\nhost: localhost:%d\r\n" % server.port)


async def test_long_bodies_pass_through_tls(serve, make_client, response, server_context, trusting):
    body = bytes(range(256)) * 8192
    server = await serve(lambda peer: peer.answer(response(body)), context=server_context)
    client = make_client(ssl_context=trusting)
    for _ in range(2):  # at once, and by a reader that lets the peer wait
        answer = await client.request("POST", f"https://localhost:{server.port}", body=body)
        await asyncio.sleep(0.02)
        assert b"".join([chunk async for chunk in answer.chunks()]) == body
    assert server.requests[0].body == body


async def test_a_response_over_tls_that_is_closed_closes_its_connection(serve, make_client, server_context, trusting):
    async def script(peer):
        await peer.answer(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe")
        await peer.left()

    server = await serve(script, context=server_context)
    answer = await make_client(ssl_context=trusting).request("GET", f"https://localhost:{server.port}")
    await answer.close()
    await until(server.peers[0].gone.is_set)


async def test_a_certificate_for_another_name_is_refused(serve, make_client, response, server_context, trusting):
    server = await serve(steady(response), context=server_context)
    with pytest.raises(ConnectFailed, match="IP address mismatch"):
        await make_client(ssl_context=trusting).request("GET", f"https://127.0.0.1:{server.port}")
    assert not server.requests


async def test_an_address_is_verified_as_an_address(serve, make_client, response, server_context, trusting):
    try:
        server = await serve(steady(response), host="::1", context=server_context)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    assert await fetch(make_client(ssl_context=trusting), server.url) == b"1"


async def test_without_a_context_unknown_authorities_are_refused(serve, client, response, server_context):
    server = await serve(steady(response), context=server_context)
    with pytest.raises(ConnectFailed, match="certificate verify failed"):
        await client.request("GET", f"https://localhost:{server.port}")


async def test_a_server_without_tls_is_a_failed_connection(serve, client, response):
    server = await serve(lambda peer: peer.send(response(b"plain", status=b"400 Bad Request")))
    with pytest.raises(ConnectFailed):
        await client.request("GET", f"https://localhost:{server.port}")


async def test_a_handshake_that_hangs_runs_into_the_connect_timeout(serve, make_client):
    server = await serve(lambda peer: peer.left())
    with pytest.raises(ConnectTimeout):
        await make_client(connect_timeout=0.05).request("GET", f"https://localhost:{server.port}")
    # On a busy machine the server hears of the connection later than its client gives it up.
    await until(lambda: server.peers and server.peers[0].gone.is_set())


# The end


async def test_closing_ends_what_connects_waits_asks_and_streams(serve, make_client, full):
    async def script(peer):
        await peer.request()
        if len(server.requests) == 1:
            await peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n")
        await peer.left()

    server = await serve(script)
    client = make_client(max_connections=2)
    before = client_tasks()
    streaming = asyncio.create_task((await client.request("GET", server.url)).read())
    asking = asyncio.create_task(client.request("GET", server.url))
    await until(lambda: len(server.requests) == 2)
    waiting = [asyncio.create_task(client.request("GET", server.url)) for _ in range(3)]
    connecting = asyncio.create_task(client.request("GET", full))
    await asyncio.sleep(0.01)
    await asyncio.wait_for(client.aclose(), 5)
    for pool in client._pools.values():
        assert [*pool._live, *pool._connecting, *pool._waiting, *pool._idle] == []
    for task in (streaming, asking, *waiting, connecting):
        with pytest.raises(PoolClosed):
            await asyncio.wait_for(task, 5)
    await until(lambda: all(peer.gone.is_set() for peer in server.peers))
    assert client_tasks() == before


async def test_closing_ends_idle_connections_and_their_timer(serve, make_client, response):
    server = await serve(steady(response))
    client = make_client()
    await asyncio.gather(fetch(client, server.url), fetch(client, server.url))
    expiry = next(iter(client._pools.values()))._expiry
    await client.aclose()
    await until(lambda: all(peer.gone.is_set() for peer in server.peers))
    (pool,) = client._pools.values()
    assert pool._expiry is None
    assert expiry.cancelled()
