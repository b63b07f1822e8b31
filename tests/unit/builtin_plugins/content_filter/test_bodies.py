"""Bodies as texts: JSON's, or all of it."""

import pytest

from routeiq_builtin_plugins.content_filter.bodies import Undecodable, body_of


def test_the_texts_of_a_json_document():
    body = body_of(b'{"a": ["x", 1], "b": "\\u00e4"}')
    assert [text.text for text in body.texts] == ["x", "\xe4"]
    assert body.with_texts({0: "y"}) == '{"a":["y",1],"b":"\xe4"}'.encode()


@pytest.mark.parametrize("raw", [b"plain {", b"", b"[" * 100_000])
def test_what_is_no_json_is_a_text(raw):
    body = body_of(raw)
    assert [text.text for text in body.texts] == [raw.decode()]
    assert body.with_texts({0: "new"}) == b"new"


def test_what_is_no_utf8_is_an_error():
    with pytest.raises(Undecodable):
        body_of(b"\xff")


def test_halves_of_surrogate_pairs_can_be_written_back():
    assert body_of(b'["\\ud800", "a"]').with_texts({1: "b"}) == b'["?","b"]'
