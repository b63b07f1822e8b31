"""Responses: codings undone within bounds, and errors in the SDK's words."""

import gzip
import zlib

import pytest
from routeiq_plugin_sdk import OutboundError, OutboundTimeout

from routeiq.transport import ConnectFailed, ConnectTimeout, ReadTimeout
from routeiq.transport.content_coding import PIECE
from routeiq.transport.guarded.response import told_to_plugins

URL = "http://public.example/"


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_compressed_body_is_decoded_and_its_head_tells_so(serve, client, net, response, coding, pack):
    body = b"hello " * 100_000
    packed = response(pack(body), f"content-encoding: {coding}".encode(), b"content-type: a/b")
    net.serve_at(await serve(lambda peer: peer.answer(packed)))
    got = await client.get(URL)
    assert got.content == body
    assert got.headers.get("content-type") == "a/b"
    assert not {"content-encoding", "content-length"} & set(got.headers)


async def test_a_bomb_is_left_at_the_limit(serve, guarded, net, response):
    bomb = response(gzip.compress(bytes(300_000_000)), b"content-encoding: gzip")
    net.serve_at(await serve(lambda peer: peer.answer(bomb)))
    with pytest.raises(OutboundError, match="longer than 1048576 bytes"):
        await guarded(max_response="1MiB").get(URL)


async def test_a_stream_decodes_in_pieces(serve, client, net, response):
    packed = response(gzip.compress(bytes(5_000_000)), b"content-encoding: gzip")
    net.serve_at(await serve(lambda peer: peer.answer(packed)))
    async with client.stream("GET", URL) as streamed:
        sizes = [len(chunk) async for chunk in streamed.chunks()]
    assert sum(sizes) == 5_000_000
    assert max(sizes) <= PIECE


@pytest.mark.parametrize(
    ("coding", "body", "said"),
    [
        (b"br", b"x", "a content coding that was not asked for: ['br']"),
        (b"gzip, gzip", gzip.compress(gzip.compress(b"x")), "not asked for: ['gzip', 'gzip']"),
        (b"gzip", b"plain", "is not in its content coding"),
        (b"gzip", gzip.compress(b"hello")[:-4], "ends before its content coding"),
    ],
    ids=["br", "two", "plain", "cut"],  # compressed bytes tell the time, and differ between processes
)
async def test_a_body_that_cannot_be_decoded_is_an_outbound_error(serve, client, net, response, coding, body, said):
    net.serve_at(await serve(lambda peer: peer.answer(response(body, b"content-encoding: " + coding))))
    with pytest.raises(OutboundError, match=r"^public\.example: its body ") as failure:
        await client.get(URL)
    assert said in str(failure.value)


async def test_an_empty_body_may_claim_any_known_coding(serve, client, net, response):
    net.serve_at(await serve(lambda peer: peer.answer(response(b"", b"content-encoding: gzip", status=b"204 x"))))
    assert (await client.get(URL)).content == b""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectFailed("http://up", "no connection"), OutboundError),
        (ConnectTimeout("http://up", "no connection"), OutboundTimeout),
        (ReadTimeout("http://up", "no connection"), OutboundTimeout),
    ],
)
def test_what_goes_wrong_is_told_in_the_sdks_words(error, kind):
    with pytest.raises(OutboundError) as failure, told_to_plugins("up"):
        raise error
    assert type(failure.value) is kind
    assert str(failure.value) == "up: no connection"
