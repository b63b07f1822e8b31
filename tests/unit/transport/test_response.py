"""Reading a response: whole, as it arrives, slowly, not to its end, or not at all."""

import asyncio
import gc
import warnings
from contextlib import aclosing

import pytest

from routeiq.transport import BodyTooLarge, ConnectionClosed
from routeiq.transport.connection import HIGH_WATER

CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


def frame(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def test_a_chunk_leaves_before_the_next_one_comes(serve, client):
    async def script(peer):
        await peer.answer(CHUNKED)
        for number in range(5):
            await peer.send(frame(b"event %d" % number))
            await taken.acquire()
        await peer.send(b"0\r\n\r\n")

    taken = asyncio.Semaphore(0)
    server = await serve(script)
    got = []
    async for chunk in (await client.request("GET", server.url)).chunks():
        got.append(chunk)
        taken.release()
    assert got == [b"event %d" % number for number in range(5)]


async def test_chunks_that_come_together_are_not_merged(serve, client):
    server = await serve(
        lambda peer: peer.answer(CHUNKED + frame(b"one") + frame(b"two") + frame(b"three") + b"0\r\n\r\n")
    )
    answer = await client.request("GET", server.url)
    assert [chunk async for chunk in answer.chunks()] == [b"one", b"two", b"three"]


async def test_the_head_comes_before_the_body(serve, client):
    async def script(peer):
        await peer.answer(CHUNKED)
        await asked.wait()
        await peer.send(frame(b"body"), b"0\r\n\r\n")

    asked = asyncio.Event()
    server = await serve(script)
    answer = await client.request("GET", server.url)
    asked.set()
    assert await answer.read() == b"body"


async def test_what_chunks_leave_is_read_and_after_the_end_there_is_nothing(serve, client):
    server = await serve(
        lambda peer: peer.answer(CHUNKED + frame(b"one") + frame(b"two") + frame(b"three") + b"0\r\n\r\n")
    )
    answer = await client.request("GET", server.url)
    chunks = answer.chunks()
    assert await anext(chunks) == b"one"
    assert await answer.read() == b"twothree"
    assert await answer.read() == b""
    assert [chunk async for chunk in chunks] == []
    assert [chunk async for chunk in answer.chunks()] == []
    await answer.close()


@pytest.mark.parametrize("whole", [True, False])
async def test_a_response_read_to_its_end_returns_its_connection_by_itself(serve, make_client, response, whole):
    async def script(peer):
        while True:
            await peer.answer(response(b"ok"))

    server = await serve(script)
    client = make_client(max_connections=1)
    for _ in range(5):
        answer = await client.request("GET", server.url)
        assert (await answer.read() if whole else b"".join([chunk async for chunk in answer.chunks()])) == b"ok"
    assert len(server.peers) == 1


async def test_a_connection_is_free_as_soon_as_all_has_come_however_slow_the_reader(serve, make_client, response):
    async def script(peer):
        await peer.answer(response(b"first"))
        await peer.answer(response(b"second"))

    server = await serve(script)
    client = make_client(max_connections=1)
    first = await client.request("GET", server.url)
    second = await asyncio.wait_for(client.request("GET", server.url), 5)
    assert await second.read() == b"second"
    assert await first.read() == b"first"


async def test_a_response_closed_before_its_end_closes_its_connection(serve, make_client, response):
    async def script(peer):
        await peer.answer(CHUNKED + frame(b"one"))
        await peer.left()

    server = await serve(script)
    client = make_client(max_connections=1)
    for expected in (1, 2, 3):
        answer = await client.request("GET", server.url)
        await answer.close()
        await answer.close()
        await asyncio.wait_for(server.peers[-1].gone.wait(), 5)
        assert len(server.peers) == expected
    with pytest.raises(ConnectionClosed, match="closed by its reader"):
        await answer.read()
    with pytest.raises(ConnectionClosed, match="closed by its reader"):
        await anext(answer.chunks())


async def test_a_response_closed_after_all_has_come_keeps_its_connection(serve, client, response):
    async def script(peer):
        while True:
            await peer.answer(response(b"ok"))

    server = await serve(script)
    for _ in range(3):
        answer = await client.request("GET", server.url)
        await answer.close()
        with pytest.raises(ConnectionClosed, match="closed by its reader"):
            await answer.read()
    assert len(server.peers) == 1


async def test_a_close_wakes_the_reader(serve, client):
    async def script(peer):
        await peer.answer(CHUNKED)
        await peer.left()

    server = await serve(script)
    for read in (lambda answer: answer.read(), lambda answer: anext(answer.chunks())):
        answer = await client.request("GET", server.url)
        reader = asyncio.ensure_future(read(answer))
        await asyncio.sleep(0)
        await answer.close()
        with pytest.raises(ConnectionClosed, match="closed by its reader"):
            await asyncio.wait_for(reader, 5)


async def test_iteration_that_stops_early_closes_the_connection(serve, client):
    async def script(peer):
        await peer.answer(CHUNKED + frame(b"one") + frame(b"two"))
        await peer.left()

    server = await serve(script)
    answer = await client.request("GET", server.url)
    async with aclosing(answer.chunks()) as chunks:
        async for chunk in chunks:
            assert chunk == b"one"
            break
    await asyncio.wait_for(server.peers[0].gone.wait(), 5)


@pytest.mark.parametrize("whole", [True, False])
async def test_a_reader_that_is_cancelled_closes_the_connection(serve, make_client, whole):
    async def script(peer):
        await peer.answer(CHUNKED + frame(b"one"))
        await peer.left()

    async def read(answer):
        if whole:
            await answer.read()
        else:
            async for _ in answer.chunks():
                pass

    server = await serve(script)
    client = make_client(max_connections=1)
    before = asyncio.all_tasks()
    for count in (1, 2):  # the second would wait for ever if the first had left its slot behind
        answer = await asyncio.wait_for(client.request("GET", server.url), 5)
        reader = asyncio.create_task(read(answer))
        await asyncio.sleep(0.01)
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        await asyncio.wait_for(server.peers[-1].gone.wait(), 5)
        assert len(server.peers) == count
        with pytest.raises(ConnectionClosed):
            await answer.read()
    await asyncio.sleep(0.01)
    assert asyncio.all_tasks() <= before


async def test_a_response_that_is_dropped_half_read_closes_its_connection_and_warns(serve, make_client):
    async def script(peer):
        await peer.answer(CHUNKED + frame(b"one"))
        await peer.left()

    server = await serve(script)
    client = make_client(max_connections=1)
    answer = await client.request("GET", server.url)
    await asyncio.sleep(0)  # the loop holds what this turn was woken with
    with pytest.warns(ResourceWarning, match="status 200 was neither read to its end nor closed"):
        del answer
    await asyncio.wait_for(server.peers[0].gone.wait(), 5)
    answer = await asyncio.wait_for(client.request("GET", server.url), 5)
    await answer.close()


async def test_a_response_that_is_dropped_when_all_has_come_does_not_warn(serve, client, response):
    server = await serve(lambda peer: peer.answer(response(b"ok")))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await client.request("GET", server.url)
        gc.collect()


async def test_one_task_at_a_time_reads(serve, client):
    async def script(peer):
        await peer.answer(CHUNKED)
        await peer.left()

    server = await serve(script)
    answer = await client.request("GET", server.url)
    first = asyncio.create_task(anext(answer.chunks()))
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="another task reads"):
        await anext(answer.chunks())
    with pytest.raises(ConnectionClosed):
        await first


# Bounds


async def test_a_slow_reader_keeps_the_peer_waiting(serve, client):
    async def script(peer):
        await peer.request()
        peer.writer.write(CHUNKED)
        with_data = frame(b"x" * 65536)
        while len(sent) < 400:  # 25 MiB
            peer.writer.write(with_data)
            await peer.writer.drain()
            sent.append(65536)
        await peer.send(b"0\r\n\r\n")

    sent: list[int] = []
    server = await serve(script)
    answer = await client.request("GET", server.url)
    chunks = answer.chunks()
    first = await anext(chunks)
    await asyncio.sleep(0.1)
    stalled = sum(sent)
    await asyncio.sleep(0.05)
    assert sum(sent) == stalled < 25 * 1024 * 1024  # the kernel's buffers hold the rest
    held = sum(len(part) for part in answer._parts)
    assert HIGH_WATER < held <= 3 * HIGH_WATER
    total = len(first)
    async for chunk in chunks:
        total += len(chunk)
    assert total == 400 * 65536


async def test_a_reader_that_is_always_a_little_behind_gets_everything(serve, client):
    async def script(peer):
        await peer.answer(CHUNKED)
        for _ in range(64):
            await peer.send(frame(b"y" * 65536))
        await peer.send(b"0\r\n\r\n")

    server = await serve(script)
    total = 0
    async for chunk in (await client.request("GET", server.url)).chunks():
        total += len(chunk)
        await asyncio.sleep(0)
    assert total == 64 * 65536


async def test_a_whole_body_may_be_longer_than_what_waits_for_a_slow_reader(serve, client, response):
    body = bytes(range(256)) * (8 * HIGH_WATER // 256)
    server = await serve(lambda peer: peer.answer(response(body)))
    answer = await client.request("GET", server.url)
    await asyncio.sleep(0.05)  # reading has been paused by now
    assert await answer.read() == body


@pytest.mark.parametrize("length", [1000, HIGH_WATER * 4])
@pytest.mark.parametrize("pause", [0, 0.02])
async def test_a_whole_body_over_the_limit_is_refused(serve, make_client, response, length, pause):
    server = await serve(lambda peer: peer.answer(response(b"x" * length)))
    client = make_client(max_response_body=length - 1)
    answer = await client.request("GET", server.url)
    await asyncio.sleep(pause)
    with pytest.raises(BodyTooLarge, match=f"longer than {length - 1} bytes"):
        await answer.read()
    with pytest.raises(BodyTooLarge):
        await answer.read()


@pytest.mark.parametrize("pause", [0, 0.02])
async def test_an_endless_body_is_given_up_at_the_limit(serve, make_client, pause):
    async def script(peer):
        await peer.answer(CHUNKED)
        while True:
            await peer.send(frame(b"x" * 1000))

    server = await serve(script)
    answer = await make_client(max_response_body=100_000).request("GET", server.url)
    await asyncio.sleep(pause)
    with pytest.raises(BodyTooLarge):
        await asyncio.wait_for(answer.read(), 5)
    await asyncio.wait_for(server.peers[0].gone.wait(), 5)


async def test_what_chunks_have_taken_does_not_count(serve, make_client):
    async def script(peer):
        await peer.answer(CHUNKED + 10 * frame(b"x" * 100))
        await taken.wait()
        await peer.send(frame(b"y" * 50), b"0\r\n\r\n")

    taken = asyncio.Event()
    server = await serve(script)
    answer = await make_client(max_response_body=150).request("GET", server.url)
    chunks = answer.chunks()
    for _ in range(9):
        assert len(await anext(chunks)) == 100
    taken.set()
    assert len(await answer.read()) == 150


async def test_a_body_of_just_the_limit_is_read_and_chunks_know_no_limit(serve, make_client, response):
    server = await serve(lambda peer: peer.answer(response(b"x" * 1000)))
    answer = await make_client(max_response_body=1000).request("GET", server.url)
    assert len(await answer.read()) == 1000
    answer = await make_client(max_response_body=10).request("GET", server.url)
    assert sum([len(chunk) async for chunk in answer.chunks()]) == 1000
