"""The body of a request, up to a limit."""

import gzip

import pytest

from routeiq.adapters.asgi import Refusal
from routeiq.gateway.request_bodies import request_body


async def body(*messages, limit=10, headers=()):
    waiting = list(messages)

    async def receive():
        return waiting.pop(0)

    return await request_body({"headers": list(headers)}, receive, limit)


def piece(data, more=False):
    return {"type": "http.request", "body": data, "more_body": more}


async def test_pieces_are_put_together_and_codings_undone():
    assert await body(piece(b"ab", True), piece(b"cd")) == b"abcd"
    assert await body({"type": "http.request"}) == b""
    packed = gzip.compress(b"abc")
    assert await body(piece(packed), limit=100, headers=[(b"content-encoding", b"gzip")]) == b"abc"


@pytest.mark.parametrize(
    ("messages", "headers", "status"),
    [
        ([piece(b"x" * 6, True), piece(b"x" * 6)], [], 413),
        ([{"type": "http.disconnect"}], [], 400),
        ([piece(gzip.compress(b"x" * 99))], [(b"content-encoding", b"gzip")], 413),
        ([piece(b"x")], [(b"content-encoding", b"br")], 415),
    ],
)
async def test_what_cannot_be_taken_is_refused(messages, headers, status):
    with pytest.raises(Refusal) as caught:
        await body(*messages, headers=headers, limit=60 if status == 413 and headers else 10)
    assert caught.value.status_code == status
