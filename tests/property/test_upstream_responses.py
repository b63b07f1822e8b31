"""How the bytes of a response are split into packets changes nothing, and no bytes at all leave a request hanging."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from routeiq.transport import ConnectionClosed, UpstreamError
from routeiq.transport.connection import Connection

TOKEN = st.text("abcXYZ-09_", min_size=1, max_size=8).filter(lambda name: name.lower() not in {"connection", "te"})
VALUE = st.text('abc ,;=:"\u00e9', max_size=12).map(lambda value: value.strip(" ").encode("latin-1"))
HEADERS = st.lists(st.tuples(TOKEN.map(str.encode), VALUE), max_size=5)
CHUNKS = st.lists(st.binary(min_size=1, max_size=40), max_size=6)


class Transport(asyncio.Transport):
    """Takes everything, keeps nothing."""

    def write(self, data):
        pass

    def abort(self):
        pass

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass


class Owner:
    """Counts what a connection reports."""

    def __init__(self):
        self.reported = []

    def released(self, connection):
        self.reported.append("closed" if connection.closed else "kept")

    def retired(self, connection):
        pass

    def lost(self, connection):
        self.reported.append("lost")


@st.composite
def responses(draw):
    """Bytes of a response, what it means, and whether only the connection's end ends it."""
    framing = draw(st.sampled_from(["length", "chunked", "close"]))
    status = draw(st.sampled_from([200, 201, 400, 404, 429, 500, 503]))
    chunks, headers, trailers = draw(CHUNKS), draw(HEADERS), draw(HEADERS)
    body = b"".join(chunks)
    if framing == "length":
        headers.append((b"Content-Length", b"%d" % len(body)))
        wire = body
    elif framing == "chunked":
        headers.append((b"Transfer-Encoding", b"chunked"))
        wire = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
        wire += b"0\r\n" + b"".join(b"%b: %b\r\n" % pair for pair in trailers) + b"\r\n"
    else:
        wire = body
    interim = draw(st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Hints\r\nlink: a\r\n\r\n"]))
    lines = b"".join(b"%b: %b\r\n" % pair for pair in headers)
    head = b"HTTP/1.1 %d Reason\r\n%b\r\n" % (status, lines)
    meaning = (status, [(name.lower(), value) for name, value in headers], body)
    return interim + head + wire, meaning, framing == "close"


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    ends = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(ends)]


async def exchange(packets: list[bytes], *, whole: bool, ends: bool):
    """Return what a client sees of a response that comes in these packets, and what its connection reports."""
    owner = Owner()
    connection = Connection(owner, "http://up", 1 << 20, asyncio.get_running_loop())
    connection.connection_made(Transport())
    answer = connection.begin(b"GET / HTTP/1.1\r\n\r\n", None, 60.0, False)

    async def read():
        response = await answer
        body = await response.read() if whole else b"".join([chunk async for chunk in response.chunks()])
        return response.status, response.headers, body

    reading = asyncio.ensure_future(read())
    for packet in packets:
        await asyncio.sleep(0)
        if not connection.closed:
            connection.data_received(packet)
    if ends and not connection.closed:
        connection.eof_received()
    try:
        async with asyncio.timeout(10):
            result = await reading
    except UpstreamError as error:
        result = error
    connection.connection_lost(None)
    return result, owner.reported


@given(responses(), st.lists(st.integers(0, 2000), max_size=12), st.booleans())
def test_any_split_into_packets_means_the_same(response, cuts, whole):
    data, meaning, until_close = response
    result, reported = asyncio.run(exchange(split(data, cuts), whole=whole, ends=until_close))
    assert result == meaning
    assert reported == ["closed" if until_close else "kept", "lost"]


@given(responses(), st.booleans())
def test_byte_by_byte_means_the_same(response, whole):
    data, meaning, until_close = response
    result, _ = asyncio.run(exchange([bytes([byte]) for byte in data], whole=whole, ends=until_close))
    assert result == meaning


@given(responses(), st.integers(0, 2000), st.lists(st.integers(0, 2000), max_size=4), st.booleans())
def test_a_response_cut_short_is_never_taken_for_a_whole_one(response, length, cuts, whole):
    data, meaning, until_close = response
    data = data[: length % len(data)]
    result, reported = asyncio.run(exchange(split(data, cuts), whole=whole, ends=True))
    if until_close and b"\r\n\r\n" in data and not isinstance(result, UpstreamError):
        assert meaning[2].startswith(result[2])
    else:
        assert isinstance(result, ConnectionClosed)
        assert result.response_started is bool(data)
    assert reported == ["closed", "lost"]


@given(
    responses(), st.binary(max_size=30), st.integers(0, 2000), st.lists(st.integers(0, 2000), max_size=4), st.booleans()
)
def test_no_bytes_leave_a_request_hanging(response, noise, position, cuts, whole):
    data, _, _ = response
    position %= len(data) + 1
    data = data[:position] + noise + data[position + len(noise) // 2 :]
    result, reported = asyncio.run(exchange(split(data, cuts), whole=whole, ends=True))
    assert isinstance(result, tuple | UpstreamError)
    assert reported in (["closed", "lost"], ["kept", "lost"])
