"""Content codings are undone up to a limit."""

import gzip
import zlib

import pytest

from routeiq.adapters.asgi.content_coding import decode_body
from routeiq.adapters.asgi.refusal import Refusal

TEXT = b"some text " * 50


def gzipped(data):
    return gzip.compress(data, mtime=0)  # the same bytes in every process that collects these tests


def raw_deflate(data):
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflater.compress(data) + deflater.flush()


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzipped(TEXT)), ("X-GZIP", gzipped(TEXT)), ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)), ("identity", TEXT), ("", TEXT),
        ("deflate, gzip", gzipped(zlib.compress(TEXT))),
    ],
)  # fmt: skip
def test_known_codings_are_undone_in_reverse(coding, packed):
    assert decode_body(packed, coding, 1000) == TEXT


def test_a_small_body_that_stands_for_a_large_one_is_refused():
    bomb = gzip.compress(b"0" * 100_000_000)
    with pytest.raises(Refusal) as caught:
        decode_body(bomb, "gzip", 1_000_000)
    assert caught.value.status_code == 413


@pytest.mark.parametrize(("coding", "status"), [("br", 415), ("gzip", 400), ("deflate", 400)])
def test_what_can_not_be_undone_is_refused(coding, status):
    with pytest.raises(Refusal) as caught:
        decode_body(b"not compressed at all", coding, 1000)
    assert caught.value.status_code == status


def test_a_body_that_is_cut_off_is_refused():
    with pytest.raises(Refusal, match="ends before"):
        decode_body(gzip.compress(TEXT)[:-9], "gzip", 1000)


def test_all_members_of_a_gzip_body_are_decoded():
    assert decode_body(gzipped(b"one ") + gzipped(b"") + gzipped(b"two"), "gzip", 7) == b"one two"
    with pytest.raises(Refusal) as caught:
        decode_body(gzipped(b"one ") + gzipped(b"more"), "gzip", 7)
    assert caught.value.status_code == 413


@pytest.mark.parametrize(
    ("coding", "body", "status"),
    [
        ("gzip", gzipped(b"x") + b"garbage", 400),
        ("deflate", zlib.compress(b"x") + b"garbage", 400),
        ("gzip", gzipped(b"") * 100_000, 400),
        (", ".join(["gzip"] * 1000), b"", 415),
        ("gzip", b"", 400),
    ],
)
def test_a_body_cannot_make_more_work_than_it_is_worth(coding, body, status):
    with pytest.raises(Refusal) as caught:
        decode_body(body, coding, 10_000_000)
    assert caught.value.status_code == status


def test_a_refused_coding_tells_the_known_ones():
    with pytest.raises(Refusal) as caught:
        decode_body(b"", "br", 10)
    assert caught.value.headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize("size", [0, 1, 9, 10])
def test_a_body_of_just_the_limit_passes(size):
    assert decode_body(gzipped(b"x" * size), "gzip", 10) == b"x" * size
