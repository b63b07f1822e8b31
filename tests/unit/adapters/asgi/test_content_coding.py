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
