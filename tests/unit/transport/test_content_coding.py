"""Content codings, undone piece by piece."""

import gzip
import itertools
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeiq.transport.content_coding import PIECE, CodingError, Inflater, decoded, decoders


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS = {"gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress, "Deflate": raw_deflate}


def undone(coding, *parts):
    chain = decoders(coding)
    found = b"".join(piece for part in parts for piece in decoded(chain, part))
    for decoder in chain:
        decoder.finish()
    return found


@given(st.binary(max_size=300_000), st.sampled_from(sorted(PACKERS)), st.lists(st.integers(0, 400), max_size=5))
def test_a_body_comes_out_as_it_went_in_wherever_it_is_cut(body, coding, cuts):
    packed = PACKERS[coding](body)
    places = sorted({0, len(packed), *(cut for cut in cuts if cut < len(packed))})
    assert undone(coding, *(packed[a:b] for a, b in itertools.pairwise(places))) == body


def test_codings_are_undone_in_the_reverse_of_their_order():
    assert undone("gzip, identity, deflate", zlib.compress(gzip.compress(b"body"))) == b"body"


def test_gzip_may_have_several_members_and_deflate_may_not():
    assert undone("gzip", gzip.compress(b"a") + gzip.compress(b"b")) == b"ab"
    with pytest.raises(CodingError, match=r"goes on behind the end of its content coding \(deflate\)"):
        undone("deflate", zlib.compress(b"a") + zlib.compress(b"b"))


@pytest.mark.parametrize("coding", ["", "identity", " , Identity"])
def test_no_coding_is_left_alone(coding):
    assert undone(coding, b"body") == b"body"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_an_empty_body_is_in_any_coding(coding):
    assert undone(coding) == b""


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_body_that_ends_early_is_noticed(coding):
    for length in (1, 2, 10):
        with pytest.raises(CodingError, match=r"its body ends before its content coding"):
            undone(coding, PACKERS[coding](b"body")[:length])


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_is_not_in_its_coding_is_noticed(coding):
    with pytest.raises(CodingError, match="its body is not in its content coding"):
        undone(coding, b"\xff\xff plain text")


def test_what_was_not_asked_for_is_not_guessed_at():
    with pytest.raises(CodingError, match="'br', which was not asked for"):
        decoders("br")
    with pytest.raises(CodingError, match="4 content codings"):
        decoders("gzip, gzip, gzip, gzip")


def test_a_bomb_comes_in_pieces_so_that_its_reader_can_leave():
    bomb = gzip.compress(bytes(200_000_000))
    assert len(bomb) < 200_000
    tracemalloc.start()
    pieces = Inflater("gzip").feed(bomb)
    sizes = [len(next(pieces)) for _ in range(50)]
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()
    assert max(sizes) <= PIECE


def test_a_bomb_of_bombs_comes_in_pieces_too():
    chain = decoders("gzip, gzip")
    pieces = decoded(chain, gzip.compress(gzip.compress(bytes(100_000_000))))
    assert {len(next(pieces)) for _ in range(50)} == {PIECE}
