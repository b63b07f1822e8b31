"""Frames: documents survive, however the bytes are cut; what is none is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeiq.gateway.group import frames
from routeiq.gateway.group.errors import BrokenFrame
from routeiq.gateway.group.frames import FrameDecoder, encode

DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(DOCUMENTS, max_size=5), st.data())
def test_documents_arrive_whole_and_in_order_wherever_the_bytes_are_cut(documents, data):
    sent = b"".join(map(encode, documents))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=10)))
    decoder, received = FrameDecoder(), []
    for begin, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
        received += decoder.feed(sent[begin:end])
    assert received == documents


def test_documents_arrive_byte_by_byte():
    decoder, received = FrameDecoder(), []
    for byte in encode({"a": [1, "ü"]}) + encode(None):
        received += decoder.feed(bytes([byte]))
    assert received == [{"a": [1, "ü"]}, None]


def test_a_document_that_is_too_long_is_not_sent(monkeypatch):
    monkeypatch.setattr(frames, "MAX_FRAME", 10)
    encode("x" * 8)
    with pytest.raises(BrokenFrame, match="11 bytes is longer than the 10"):
        encode("x" * 9)


def test_a_length_beyond_the_limit_is_refused_before_its_bytes_are_kept():
    with pytest.raises(BrokenFrame, match="announces 4294967295 bytes"):
        list(FrameDecoder().feed(b"\xff\xff\xff\xff"))


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"{} {}"])
def test_what_is_no_json_is_refused(body):
    with pytest.raises(BrokenFrame, match="no JSON"):
        list(FrameDecoder().feed(len(body).to_bytes(4, "big") + body))


def test_what_json_does_not_know_is_not_sent():
    with pytest.raises(TypeError):
        encode({1, 2})
