"""Connections: pools by origin and address, and a choice among a name's addresses."""

import asyncio
import dataclasses

import pytest
from routeiq_plugin_sdk import OutboundError

from routeiq.core.outbound import OutboundPolicy
from routeiq.transport import PoolClosed
from routeiq.transport.guarded.outgoing import Options, Outgoing
from routeiq.transport.guarded.routes import LIMITS, MOST_POOLS, Routes

POLICY = OutboundPolicy()
URL = "http://many.example/"
MANY = ["2606:2800:220:1::1", "93.184.216.34", "93.184.216.35"]


def request(url=URL):
    return Outgoing.make(POLICY, "GET", url, Options())


@pytest.fixture
def many(net):
    net.names["many.example"] = MANY
    return net


@pytest.fixture
def steady(serve, response):
    async def script(peer):
        while True:
            await peer.answer(response(b"x"))

    async def start():
        return await serve(script)

    return start


async def test_the_first_address_is_taken_where_it_answers(many, client, steady):
    many.serve_at(await steady(), MANY[0])
    await client.get(URL)
    assert many.connected == [(MANY[0], 80)]


async def test_an_address_where_nothing_listens_is_passed_over_at_once(many, client, steady):
    many.serve_at(await steady(), MANY[2])
    assert (await client.get(URL)).content == b"x"
    assert [address for address, _ in many.connected] == MANY


async def test_an_address_that_never_answers_has_a_head_start_and_no_more(many, client, steady):
    many.silent.add(MANY[0])
    server = await steady()
    many.serve_at(server, MANY[1])
    assert (await client.get(URL, timeout=5)).content == b"x"
    assert [address for address, _ in many.connected] == MANY[:2]


async def test_a_connection_that_lies_idle_is_preferred_to_a_better_address(many, client, steady):
    many.serve_at(await steady(), MANY[1])
    await client.get(URL)
    many.serve_at(await steady(), MANY[0])
    await client.get(URL)
    assert [address for address, _ in many.connected] == MANY[:2]


async def test_a_connection_at_an_address_that_the_name_has_no_more_is_not_used(many, client, steady):
    many.serve_at(await steady(), MANY[1])
    many.serve_at(await steady(), "1.1.1.1")
    await client.get(URL)
    many.names["many.example"] = ["1.1.1.1"]
    next(iter(client._by_loop.values()))._destinations._known.clear()
    await client.get(URL)
    assert many.connected[-1] == ("1.1.1.1", 80)


async def test_where_no_address_answers_the_last_failure_is_told(many, client):
    with pytest.raises(OutboundError, match="nothing listens there"):
        await client.get(URL)
    assert len(many.connected) == 3


async def test_a_request_that_is_cancelled_while_it_connects_leaves_nothing_behind(many, client):
    many.silent.update(MANY)
    task = asyncio.create_task(client.get(URL))
    await asyncio.sleep(0.01)
    before = len(asyncio.all_tasks())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for _ in range(3):
        await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) < before - 1


async def test_a_connection_that_comes_second_serves_a_later_request(many, steady):
    server = await steady()
    many.serve_at(server, MANY[0])
    many.serve_at(server, MANY[1])
    made, both = [], asyncio.Event()

    async def dial(make, host, port, **options):
        connection = await many.dial(make, host, port, **options)
        made.append(connection)
        if len(made) == 2:
            both.set()
        await both.wait()
        return connection

    routes = Routes(asyncio.get_running_loop(), dial)
    addresses = (await many.resolve("many.example"))[:2]
    first, second = [await routes.send(request(), addresses, None, 5) for _ in range(2)]
    for answer in (first, second):
        assert [part async for part in answer.chunks()] == [b"x"]
    assert len(server.peers) == 2
    routes.close()
    await routes.wait_closed()


async def test_what_is_being_connected_ends_with_the_client(many):
    many.silent.update(MANY)
    routes = Routes(asyncio.get_running_loop(), many.dial)
    task = asyncio.create_task(routes.send(request(), await many.resolve("many.example"), None, 5))
    while len(many.connected) < 2:
        await asyncio.sleep(0.01)
    routes.close()
    with pytest.raises(PoolClosed):
        await task
    await routes.wait_closed()


async def test_a_pool_has_a_bound_and_requests_take_turns(net, steady):
    server = await steady()
    net.serve_at(server)
    limits = dataclasses.replace(LIMITS, max_connections=2)
    routes = Routes(asyncio.get_running_loop(), net.dial, limits)
    addresses = await net.resolve("public.example")

    async def fetch():
        answer = await routes.send(request("http://public.example/"), addresses, None, 5)
        return b"".join([part async for part in answer.chunks()])

    assert await asyncio.gather(*(fetch() for _ in range(20))) == [b"x"] * 20
    assert len(server.peers) == 2
    routes.close()
    await routes.wait_closed()
    with pytest.raises(PoolClosed):
        await fetch()


async def test_pools_that_nothing_uses_are_forgotten(net):
    routes = Routes(asyncio.get_running_loop(), net.dial)
    addresses = await net.resolve("public.example")
    for number in range(MOST_POOLS + 50):
        with pytest.raises(Exception, match="nothing listens there"):
            await routes.send(request(f"http://n{number}.example/"), addresses, None, 5)
    assert len(routes._pools) <= MOST_POOLS
    routes.close()


async def test_a_pool_that_a_request_will_need_is_not_forgotten(many, steady):
    many.silent.add(MANY[0])
    server = await steady()
    many.serve_at(server, MANY[1])
    routes = Routes(asyncio.get_running_loop(), many.dial)
    waiting = asyncio.create_task(routes.send(request(), await many.resolve("many.example"), None, 5))
    await asyncio.sleep(0)  # it tries the first address, and will need the second one
    other = await many.resolve("other.example")
    for number in range(MOST_POOLS + 1):
        with pytest.raises(Exception, match="nothing listens there"):
            await routes.send(request(f"http://n{number}.example/"), other, None, 5)
    assert [part async for part in (await waiting).chunks()] == [b"x"]
    routes.close()  # which closes what it knows
    await asyncio.wait_for(server.peers[0].gone.wait(), 5)
