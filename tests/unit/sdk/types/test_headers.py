"""Header fields: case-insensitive, in order, repeated ones kept, and never able to split a message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk.types.headers import Headers, encode_header, encode_headers

NAMES = st.text("abcXYZ-019!#$%&'*+.^_`|~", min_size=1, max_size=10)
VALUES = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\x00"), max_size=20)


@pytest.mark.parametrize("value", ["a\rb", "a\nb", "a\r\nset-cookie: x=1", "a\x00b"])
def test_a_value_that_would_split_the_message_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"header 'x-a' holds a line break or NUL"):
        encode_header("x-a", value)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "x\x00", "é"])
def test_a_name_that_is_no_token_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a header name"):
        encode_header(name, "value")


@given(st.lists(st.tuples(NAMES, VALUES), max_size=6))
def test_what_was_put_in_comes_out_in_order_whatever_the_case(pairs: list[tuple[str, str]]) -> None:
    headers = Headers.of(pairs)
    assert headers.items_list() == [(name.lower(), value) for name, value in pairs]
    for name, _ in pairs:
        values = [value for other, value in pairs if other.lower() == name.lower()]
        assert headers.get_list(name.upper()) == values
        assert headers[name.swapcase()] == values[0]
        assert name in headers
    assert set(headers) == {name.lower() for name, _ in pairs}
    assert len(headers) == len(set(headers))


@given(st.lists(st.tuples(NAMES, VALUES), max_size=6), st.dictionaries(NAMES, VALUES, max_size=3))
def test_replaced_names_have_the_new_value_alone_and_the_others_stay(
    pairs: list[tuple[str, str]], changes: dict[str, str]
) -> None:
    changed = Headers.of(pairs).with_headers(changes)
    gone = {name.lower() for name in changes}
    assert [pair for pair in changed.items_list() if pair[0] not in gone] == [
        (name.lower(), value) for name, value in pairs if name.lower() not in gone
    ]
    assert [pair for pair in changed.items_list() if pair[0] in gone] == [
        (name.lower(), value) for name, value in changes.items()
    ]


def test_a_second_cookie_stands_beside_the_first() -> None:
    headers = Headers.of({"set-cookie": "a=1"}).with_added([("set-cookie", "b=2"), ("x-other", "c")])
    assert headers.get_list("Set-Cookie") == ["a=1", "b=2"]
    assert headers.without("SET-COOKIE").items_list() == [("x-other", "c")]


def test_a_missing_name_is_a_key_error_or_the_default() -> None:
    headers = Headers()
    with pytest.raises(KeyError):
        headers["x"]
    assert headers.get("x") is None
    assert headers.get("x", "default") == "default"
    not_a_name: object = 7
    assert not_a_name not in headers


def test_the_representation_shows_no_value() -> None:
    assert repr(Headers.of({"authorization": "Bearer secret"})) == "Headers(authorization)"


def test_equal_fields_are_equal_and_hash_alike() -> None:
    one, two = Headers.of({"a": "1"}), Headers([(b"a", b"1")])
    assert one == two
    assert hash(one) == hash(two)
    assert one != {"a": "1"}


def test_no_headers_are_none() -> None:
    assert encode_headers(None) == encode_headers({}) == ()


def test_text_that_no_field_can_hold_is_refused_with_a_hint() -> None:
    assert encode_header("x-a", "Grüße") == (b"x-a", "Grüße".encode("latin-1"))
    with pytest.raises(ValueError, match=r"header 'x-a' has a character that no header can hold: encode it"):
        encode_header("x-a", "世界")


def test_pairs_in_a_list_become_what_asgi_carries() -> None:
    assert Headers([(b"x-a", b"1")]).raw == ((b"x-a", b"1"),)
