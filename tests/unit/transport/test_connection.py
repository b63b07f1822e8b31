"""Exchanges over one connection: what is written, what may come back, and how it ends."""

import asyncio
import contextlib
import gc

import pytest

from routeiq.transport import ConnectionClosed, ProtocolError, ReadTimeout
from routeiq.transport.connection import HIGH_WATER, LONGEST_HEAD, SLICE, Connection

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"


async def test_a_request_arrives_as_it_was_given(serve, client, response):
    server = await serve(lambda peer: peer.answer(response(b"{}")))
    await (
        await client.request("POST", server.url + "/v1/chat?a=b", [(b"x-a", b"1"), (b"x-b", b"2")], b'{"a":1}')
    ).read()
    (request,) = server.requests
    lines = [
        b"POST /v1/chat?a=b HTTP/1.1", b"host: 127.0.0.1:%d" % server.port, b"x-a: 1", b"x-b: 2", b"content-length: 7",
    ]  # fmt: skip
    assert request.head == b"\r\n".join(lines) + b"\r\n\r\n"
    assert request.body == b'{"a":1}'


async def test_status_and_headers_come_as_they_were_sent(serve, client, response):
    sent = response(
        b"no", b"Set-Cookie: a=1", b"SET-COOKIE:b=2", b"x-empty:", b"x-blank:   v \t", status=b"404 Not Found"
    )
    server = await serve(lambda peer: peer.answer(sent))
    answer = await client.request("GET", server.url)
    assert answer.status == 404
    cookies = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    assert answer.headers == [(b"content-length", b"2"), *cookies, (b"x-empty", b""), (b"x-blank", b"v")]
    assert await answer.read() == b"no"


class SilentTransport(asyncio.Transport):
    """For what no socket can be made to do at will."""

    aborted = False
    pauses = resumes = 0

    def write(self, data):
        pass

    def abort(self):
        self.aborted = True

    def pause_reading(self):
        self.pauses += 1

    def resume_reading(self):
        self.resumes += 1


class Owner:
    def __init__(self):
        self.released_closed = []

    def released(self, connection):
        self.released_closed.append(connection.closed)

    def retired(self, connection):
        pass

    def lost(self, connection):
        pass


def begun():
    """A connection whose request was written, and the future of its response."""
    connection = Connection(Owner(), "http://up", 1000, asyncio.get_running_loop())
    connection.connection_made(SilentTransport())
    return connection, connection.begin(b"GET / HTTP/1.1\r\n\r\n", None, 60.0, False)


# Where the body ends, and whether the connection is used again

ENDINGS = {
    "content-length": (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", b"hello", True),
    "no content": (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", b"", True),
    "chunked": (CHUNKED + b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", b"hello", True),
    "one-byte chunks": (CHUNKED + b"".join(b"1\r\n%c\r\n" % c for c in b"hello") + b"0\r\n\r\n", b"hello", True),
    "chunk extensions": (CHUNKED + b"5;a=b\r\nhello\r\n0\r\n\r\n", b"hello", True),
    "trailers": (CHUNKED + b"5\r\nhello\r\n0\r\nX-Sum: 1\r\nempty:\r\n\r\n", b"hello", True),
    "no chunk": (CHUNKED + b"0\r\n\r\n", b"", True),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
    "304 with a length": (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", b"", True),
    "no reason phrase": (b"HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok", b"ok", True),
    "an upgrade on offer": (OK + b"upgrade: h2c\r\nconnection: upgrade\r\ncontent-length: 2\r\n\r\nok", b"ok", True),
    "connection: close": (b"HTTP/1.1 200 OK\r\nconnection: Close\r\ncontent-length: 2\r\n\r\nok", b"ok", False),
    "close, chunked": (OK + b"connection: close\r\ntransfer-encoding: Chunked\r\n\r\n0\r\n\r\n", b"", False),
    "204, close": (b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n", b"", False),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", b"ok", False),
    "HTTP/1.0, keep-alive": (b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok", b"ok", True),
    "an empty line too many": (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok\r\n", b"ok", True),
    "100 before": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", b"ok", True),
    "103 twice before": (
        b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n" * 2 + OK + b"content-length: 2\r\n\r\nok", b"ok", True,
    ),
}  # fmt: skip


@pytest.mark.parametrize("stepwise", [False, True], ids=["at once", "byte by byte"])
@pytest.mark.parametrize(("sent", "body", "kept"), ENDINGS.values(), ids=ENDINGS.keys())
async def test_the_body_ends_where_the_head_says(serve, client, response, sent, body, kept, stepwise):
    async def script(peer):
        await peer.answer(*([bytes([byte]) for byte in sent] if stepwise else [sent]))
        await peer.answer(response(b"again"))
        await peer.left()

    server = await serve(script)
    answer = await client.request("GET", server.url)
    assert b"link" not in dict(answer.headers)
    assert await answer.read() == body
    assert await (await client.request("GET", server.url)).read() == (b"again" if kept else body)
    assert len(server.peers) == (1 if kept else 2)


UNTIL_CLOSE = {
    "HTTP/1.1": b"HTTP/1.1 200 OK\r\n\r\nhello",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\nhello",
    "said": b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello",
    "another coding": b"HTTP/1.1 200 OK\r\ntransfer-encoding: x\r\n\r\nhello",
}


@pytest.mark.parametrize("sent", UNTIL_CLOSE.values(), ids=UNTIL_CLOSE.keys())
async def test_a_body_without_a_stated_end_ends_with_the_connection(serve, client, sent):
    server = await serve(lambda peer: peer.answer(sent[:-2], sent[-2:]))
    assert await (await client.request("GET", server.url)).read() == b"hello"
    assert [chunk async for chunk in (await client.request("GET", server.url)).chunks()] in (
        [b"hello"],
        [b"hel", b"lo"],
    )
    assert len(server.peers) == 2


@pytest.mark.parametrize("sent", [OK + b"content-length: 5\r\n\r\n", CHUNKED, OK + b"\r\n", b"HTTP/1.1 404 No\r\n\r\n"])
async def test_the_answer_to_head_has_no_body(serve, client, sent):
    async def script(peer):
        await peer.answer(sent)
        await peer.left()

    server = await serve(script)
    answer = await client.request("HEAD", server.url)
    assert await answer.read() == b""
    assert server.requests[0].head.startswith(b"HEAD / ")


async def test_after_head_the_next_request_gets_its_own_answer(serve, client, response):
    async def script(peer):
        while True:
            head = (await peer.request()).head.startswith(b"HEAD")
            await peer.send(response(b"hello")[: -5 if head else None])

    server = await serve(script)
    for _ in range(3):
        assert await (await client.request("HEAD", server.url)).read() == b""
        assert await (await client.request("GET", server.url)).read() == b"hello"


async def test_a_body_that_answers_head_all_the_same_is_dropped(serve, client, response):
    server = await serve(lambda peer: peer.answer(response(b"hello")))
    for _ in range(2):
        assert await (await client.request("HEAD", server.url)).read() == b""


# Responses that break off


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize(("sent", "chunks"), [
    (b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello", [b"hello"]),
    (CHUNKED + b"5\r\nhello\r\n", [b"hello"]),
    (CHUNKED + b"6\r\nhello", [b"hello"]),
    (CHUNKED + b"5\r\nhello\r\n0\r\n", [b"hello"]),
    (CHUNKED, []),
])  # fmt: skip
async def test_a_body_cut_short_gives_what_came_and_then_an_error(serve, client, sent, chunks, reset):
    async def script(peer):
        await peer.answer(sent)
        await go_on.wait()
        peer.reset() if reset else peer.close()

    go_on = asyncio.Event()
    server = await serve(script)
    answer = await client.request("GET", server.url)
    got = []
    with pytest.raises(ConnectionClosed, match="within the response") as failure:
        if not chunks:
            go_on.set()
        async for chunk in answer.chunks():
            got.append(chunk)
            go_on.set()
    assert b"".join(got) == b"".join(chunks)
    assert failure.value.response_started
    assert str(failure.value).startswith(server.url)
    with pytest.raises(ConnectionClosed):  # it stays broken
        await answer.read()


async def test_a_whole_body_cut_short_is_an_error_too(serve, client):
    server = await serve(lambda peer: peer.answer(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello"))
    answer = await client.request("GET", server.url)
    with pytest.raises(ConnectionClosed):
        await answer.read()


async def test_a_body_until_close_that_is_reset_is_not_complete(serve, client):
    async def script(peer):
        await peer.answer(b"HTTP/1.1 200 OK\r\n\r\nhello")
        await go_on.wait()
        peer.reset()

    go_on = asyncio.Event()
    server = await serve(script)
    answer = await client.request("GET", server.url)
    go_on.set()
    with pytest.raises(ConnectionClosed):
        await answer.read()


@pytest.mark.parametrize(
    ("sent", "started"), [(b"", False), (b"HTTP/1.1 2", True), (b"HTTP/1.1 100 Continue\r\n\r\n", True)]
)
async def test_a_connection_closed_before_the_head_says_whether_anything_came(serve, client, sent, started):
    server = await serve(lambda peer: peer.answer(sent))
    with pytest.raises(ConnectionClosed) as failure:
        await client.request("GET", server.url)
    assert failure.value.response_started is started
    assert len(server.peers) == 1  # a new connection: nothing is repeated


# What is no response

GARBAGE = {
    "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "a request": b"GET / HTTP/1.1\r\n\r\n",
    "a page": b"<html></html>",
    "two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    "length and chunks": b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
    "a huge length": b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\n",
    "a line without CR": b"HTTP/1.1 200 OK\ncontent-length: 0\n\n",
    "a header with NUL": b"HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n",
    "status 000": b"HTTP/1.1 000 Nothing\r\ncontent-length: 0\r\n\r\n",
    "status 101": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n",
    "an endless head": b"HTTP/1.1 200 OK\r\nx: " + b"x" * (LONGEST_HEAD + 300_000),
    "endless hints": b"HTTP/1.1 103 Early Hints\r\n\r\n" * (LONGEST_HEAD // 20),
}


@pytest.mark.parametrize("sent", GARBAGE.values(), ids=GARBAGE.keys())
async def test_what_is_no_response_is_a_protocol_error(serve, client, sent):
    async def script(peer):
        await peer.answer(sent)
        await peer.left()

    server = await serve(script)
    with pytest.raises(ProtocolError) as failure:
        await client.request("GET", server.url)
    assert str(failure.value).startswith(server.url)
    await asyncio.wait_for(server.peers[0].gone.wait(), 5)


async def test_an_answer_that_switches_protocols_is_named(serve, client):
    server = await serve(lambda peer: peer.answer(GARBAGE["status 101"]))
    with pytest.raises(ProtocolError, match="status 101"):
        await client.request("GET", server.url)


@pytest.mark.parametrize("sent", [
    CHUNKED + b"5\r\nhello\r\nxyz\r\n",
    CHUNKED + b"5\r\nhelloo\r\n",
    CHUNKED + b"5\r\nhello\r\n0\r\nx: " + b"x" * (LONGEST_HEAD + 300_000),
    CHUNKED + b"5\r\nhello\r\n1;" + b"x" * (LONGEST_HEAD + 300_000),
])  # fmt: skip
async def test_broken_chunks_give_what_came_and_then_an_error(serve, client, sent):
    async def script(peer):
        await peer.answer(sent)
        await peer.left()

    server = await serve(script)
    got = []
    answer = await client.request("GET", server.url)
    with pytest.raises(ProtocolError):
        async for chunk in answer.chunks():
            got.append(chunk)
    assert b"".join(got) == b"hello"


@pytest.mark.parametrize("surplus", [b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil", b"HTTP/1.1 2", b"x"])
@pytest.mark.parametrize("together", [True, False])
async def test_what_nobody_asked_for_answers_no_later_request(serve, client, response, surplus, together):
    async def script(peer):
        await peer.answer(response(b"first") + (surplus if together else b""))
        if not together and len(server.peers) == 1:
            await peer.send(surplus)
        await peer.answer(response(b"evil"))
        await peer.left()

    server = await serve(script)
    assert await (await client.request("GET", server.url)).read() == b"first"
    if not together:
        await asyncio.wait_for(server.peers[0].gone.wait(), 5)  # it was closed when the surplus came
    assert await (await client.request("GET", server.url)).read() == b"first"
    assert len(server.peers) == 2


# Long requests


async def test_a_long_request_is_written_as_fast_as_it_is_taken(serve, client, response):
    body = bytes(range(256)) * (20 * SLICE // 256) + b"end"
    server = await serve(lambda peer: peer.answer(response(b"ok")))
    assert await (await client.request("POST", server.url, body=body)).read() == b"ok"
    assert server.requests[0].body == body


async def test_a_long_request_waits_for_the_peer_in_bounded_memory(serve, client, response):
    async def script(peer):
        await stalled.wait()
        await peer.answer(response(b"ok"))

    stalled = asyncio.Event()
    server = await serve(script)
    body = b"x" * (64 * SLICE)
    asked = asyncio.create_task(client.request("POST", server.url, body=body))
    await asyncio.sleep(0.05)
    (connection,) = (item for item in gc.get_objects() if isinstance(item, Connection) and not item.closed)
    assert connection._transport.get_write_buffer_size() <= 2 * SLICE
    stalled.set()
    assert await (await asked).read() == b"ok"


async def test_a_refusal_stops_a_long_request(serve, client):
    async def script(peer):
        await peer.reader.readuntil(b"\r\n\r\n")
        await peer.send(b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 8\r\n\r\ntoo ")
        await seen.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                while len(received) < len(body):
                    received.extend(await peer.reader.read(1 << 20))
        await peer.send(b"long")
        await peer.left()

    seen, received, body = asyncio.Event(), bytearray(), b"x" * (64 * SLICE)
    server = await serve(script)
    answer = await asyncio.wait_for(client.request("POST", server.url, body=body), 5)
    assert answer.status == 413
    seen.set()
    assert await answer.read() == b"too long"
    assert len(received) < len(body)
    await asyncio.wait_for(server.peers[0].gone.wait(), 5)  # half a request leaves no use for the connection


async def test_an_answer_before_the_end_of_a_long_request_leaves_no_use_for_the_connection(serve, client, response):
    async def script(peer):
        await peer.reader.readuntil(b"\r\n\r\n")
        await peer.send(response(b"ok"))
        await peer.gone.wait()

    server = await serve(script)
    assert await (await client.request("POST", server.url, body=b"x" * (64 * SLICE))).read() == b"ok"
    assert await (await client.request("GET", server.url)).read() == b"ok"
    assert len(server.peers) == 2


async def test_an_early_response_that_is_no_refusal_does_not_stop_a_long_request(serve, client):
    async def script(peer):
        await peer.reader.readuntil(b"\r\n\r\n")
        await peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n")
        await asyncio.sleep(0.02)
        received.append(await peer.reader.readexactly(32 * SLICE))
        await peer.send(b"ok")
        await peer.left()

    received = []
    server = await serve(script)
    answer = await client.request("POST", server.url, body=b"x" * (32 * SLICE))
    assert await answer.read() == b"ok"
    assert len(received[0]) == 32 * SLICE


# Timeouts and cancellation


async def test_a_peer_that_does_not_answer_runs_into_the_read_timeout(serve, make_client):
    async def script(peer):
        await peer.request()
        await peer.left()

    server = await serve(script)
    client = make_client(read_timeout=0.05)
    begun = asyncio.get_running_loop().time()
    with pytest.raises(ReadTimeout, match=r"0\.05 seconds"):
        await client.request("GET", server.url)
    assert 0.04 < asyncio.get_running_loop().time() - begun < 1  # uvloop counts whole milliseconds
    await asyncio.wait_for(server.peers[0].gone.wait(), 5)
    assert len(server.peers) == 1  # nothing is repeated


async def test_the_read_timeout_counts_from_byte_to_byte(serve, make_client):
    async def script(peer):
        await peer.answer()
        for packet in (b"HTTP/1.1 200 OK\r\n", b"content-length: 3\r\n", b"\r\n", b"a", b"b", b"c"):
            await asyncio.sleep(0.1)
            await peer.send(packet)

    server = await serve(script)
    client = make_client(read_timeout=0.5)  # of 0.6 seconds altogether
    assert await (await client.request("GET", server.url)).read() == b"abc"


async def test_a_body_that_stalls_runs_into_the_read_timeout(serve, client):
    async def script(peer):
        await peer.answer(CHUNKED + b"5\r\nhello\r\n")
        await peer.left()

    server = await serve(script)
    answer = await client.request("GET", server.url, read_timeout=0.05)
    chunks = answer.chunks()
    assert await anext(chunks) == b"hello"
    with pytest.raises(ReadTimeout):
        await anext(chunks)
    answer = await client.request("GET", server.url, read_timeout=0.05)
    with pytest.raises(ReadTimeout):
        await answer.read()


async def test_a_request_that_is_not_taken_runs_into_the_read_timeout(serve, make_client):
    async def script(peer):
        peer.writer.transport.pause_reading()
        await asyncio.sleep(0.4)

    server = await serve(script)
    with pytest.raises(ReadTimeout):
        await make_client(read_timeout=0.05).request("POST", server.url, body=b"x" * (64 * SLICE))


async def test_a_request_that_is_taken_slowly_is_no_read_timeout(serve, make_client, response):
    async def script(peer):
        await peer.reader.readuntil(b"\r\n\r\n")
        for _ in range(16):
            await peer.reader.readexactly(4 * SLICE)
            await asyncio.sleep(0.035)
        await peer.send(response(b"ok"))

    server = await serve(script)
    client = make_client(read_timeout=0.5)  # of 0.56 seconds altogether
    assert await (await client.request("POST", server.url, body=b"x" * (64 * SLICE))).read() == b"ok"


async def test_a_slow_reader_is_no_read_timeout(serve, make_client, response):
    async def script(peer):
        await peer.answer(CHUNKED + b"1\r\na\r\n")
        await asyncio.sleep(0.35)
        await peer.send(b"1\r\nb\r\n0\r\n\r\n")

    server = await serve(script)
    answer = await make_client(read_timeout=0.3).request("GET", server.url)
    chunks = answer.chunks()
    assert await anext(chunks) == b"a"
    await asyncio.sleep(0.4)
    assert [chunk async for chunk in chunks] == [b"b"]


async def test_a_request_cancelled_before_its_answer_closes_its_connection(serve, client, response):
    async def script(peer):
        await peer.request()
        if len(server.peers) == 1:
            await peer.left()
        await peer.send(response(b"ok"))

    server = await serve(script)
    asked = asyncio.create_task(client.request("GET", server.url))
    while not server.requests:
        await asyncio.sleep(0.001)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await asyncio.wait_for(server.peers[0].gone.wait(), 5)
    assert await (await client.request("GET", server.url)).read() == b"ok"
    assert len(server.peers) == 2


async def test_an_answer_that_comes_right_after_the_cancellation_reaches_nobody(response):
    """In the same turn of the loop, that is: before the cancelled task has run."""
    connection, answer = begun()
    answer.cancel()
    connection.data_received(response(b"too late"))
    connection.forsake(answer)
    assert connection._owner.released_closed == [True]
    assert connection._transport.aborted


@pytest.mark.parametrize("whole", [True, False])
async def test_an_answer_that_meets_its_cancellation_reaches_nobody_else(serve, make_client, response, whole):
    """The head arrives in the very turn of the loop in which the request is cancelled."""

    async def script(peer):
        if len(server.peers) == 1:
            await peer.answer(response(b"first") if whole else b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n")
        await peer.answer(response(b"second"))

    server = await serve(script)
    client = make_client(max_connections=1)
    asked = asyncio.create_task(client.request("GET", server.url))
    while not server.requests:
        await asyncio.sleep(0)
    for _ in range(50):  # cancel in the turn after the answer came, before the task runs
        if asked.done() or (asked._fut_waiter is not None and asked._fut_waiter.done()):
            break
        await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    second = await asyncio.wait_for(client.request("GET", server.url), 5)
    assert await second.read() == b"second"
    assert len(server.peers) == (1 if whole else 2)


# What a connection leaves behind


async def test_a_reader_that_keeps_up_never_makes_the_peer_wait():
    connection, answer = begun()
    connection.data_received(CHUNKED)
    chunks = (await answer).chunks()
    for _ in range(40):
        connection.data_received(b"10000\r\n" + bytes(65536) + b"\r\n")
        assert len(await anext(chunks)) == 65536
        going_on = asyncio.ensure_future(anext(chunks))
        await asyncio.sleep(0)
        connection.data_received(b"1\r\nx\r\n")
        assert await going_on == b"x"
    assert connection._transport.pauses == 0
    await chunks.aclose()


async def test_a_connection_whose_last_bytes_came_while_it_was_paused_is_kept_and_reads_on():
    connection, answer = begun()  # over TLS, what was decrypted together comes together
    body = bytes(HIGH_WATER + 1)
    connection.data_received(OK + b"content-length: %d\r\n\r\n" % (len(body) + 1) + body)
    response = await answer
    assert (connection._transport.pauses, connection._transport.resumes) == (1, 0)
    connection.data_received(b"x")
    assert connection._transport.resumes == 1
    assert connection._owner.released_closed == [False]
    assert b"".join([chunk async for chunk in response.chunks()]) == body + b"x"


async def test_a_connection_that_is_gone_is_freed_at_once_with_its_timer():
    connection, answer = begun()
    clock = connection._clock
    connection.data_received(OK + b"content-length: 0\r\n\r\n")
    assert await (await answer).read() == b""
    assert clock._timer is not None
    gc.collect()
    gc.disable()
    try:
        connection.connection_lost(None)
        assert clock._timer is None
        del connection, answer, clock
        assert not [item for item in gc.get_objects() if isinstance(item, Connection) and item.origin == "http://up"]
    finally:
        gc.enable()
