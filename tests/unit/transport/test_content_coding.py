"""Content codings, undone piece by piece."""

import gzip
import itertools
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeiq.transport.content_coding import MOST_MEMBERS, PIECE, CodingError, Inflater, codings, is_known


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS = {"gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress, "Deflate": raw_deflate}


def undone(coding, *parts):
    inflater = Inflater(coding.lower())
    found = b"".join(piece for part in parts for piece in inflater.feed(part))
    inflater.finish()
    return found


@given(st.binary(max_size=300_000), st.sampled_from(sorted(PACKERS)), st.lists(st.integers(0, 400), max_size=5))
def test_a_body_comes_out_as_it_went_in_wherever_it_is_cut(body, coding, cuts):
    packed = PACKERS[coding](body)
    places = sorted({0, len(packed), *(cut for cut in cuts if cut < len(packed))})
    assert undone(coding, *(packed[a:b] for a, b in itertools.pairwise(places))) == body


def test_codings_are_words_of_which_some_are_known():
    assert codings(" GZip, identity,, br ") == ["gzip", "br"]
    assert codings("identity") == codings("") == []
    assert [is_known(name) for name in ("gzip", "x-gzip", "deflate", "br", "identity")] == [True] * 3 + [False] * 2


def test_gzip_may_have_several_members_and_deflate_may_not():
    assert undone("gzip", gzip.compress(b"a") + gzip.compress(b"b")) == b"ab"
    with pytest.raises(CodingError, match=r"goes on behind the end of its content coding \(deflate\)"):
        undone("deflate", zlib.compress(b"a") + zlib.compress(b"b"))


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_an_empty_body_is_in_any_coding(coding):
    assert undone(coding) == b""


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_body_that_ends_early_is_noticed(coding):
    for length in (1, 2, 10):
        with pytest.raises(CodingError, match="^ends before its content coding"):
            undone(coding, PACKERS[coding](b"body")[:length])


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_is_not_in_its_coding_is_noticed(coding):
    with pytest.raises(CodingError, match="^is not in its content coding"):
        undone(coding, b"\xff\xff plain text")


def test_members_have_an_end():
    assert undone("gzip", gzip.compress(b"a") * MOST_MEMBERS) == b"a" * MOST_MEMBERS
    with pytest.raises(CodingError, match="goes on behind the end"):
        undone("gzip", gzip.compress(b"") * (MOST_MEMBERS + 1))


def test_a_bomb_comes_in_pieces_so_that_its_reader_can_leave():
    bomb = gzip.compress(bytes(200_000_000))
    assert len(bomb) < 200_000
    tracemalloc.start()
    pieces = Inflater("gzip").feed(bomb)
    sizes = [len(next(pieces)) for _ in range(50)]
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()
    assert max(sizes) <= PIECE
