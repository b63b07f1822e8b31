"""Entity tags: the same for the same document, and the conditions that clients set on them."""

import pytest
from starlette.datastructures import Headers

from routeiq.admin.answers import Refusal
from routeiq.admin.preconditions import check_write, checked_read, tag_of

TAG = tag_of({"a": 1})


def test_a_tag_is_strong_and_changes_with_the_document_and_with_what_it_does_not_show():
    assert TAG == tag_of({"a": 1})
    assert TAG[0] == TAG[-1] == '"'
    assert len({TAG, tag_of({"a": 2}), tag_of({"a": 1}, "x"), tag_of({"a": 1}, "y")}) == 4


@pytest.mark.parametrize(
    ("value", "strong", "weak"),
    [
        (TAG, True, True), ("*", True, True), (" * ", True, True), (f"W/{TAG}", False, True), ('"other"', False, False),
        (f'"other", {TAG}', True, True), (f'W/"x",{TAG} ', True, True), ("", False, False), ("nonsense", False, False),
        (f"{TAG}, nonsense", False, False), ('"', False, False), (f"{TAG}{TAG}", False, False),
        (f"*, {TAG}", False, False),
    ],
)  # fmt: skip
def test_conditions_hold_by_strong_or_weak_comparison(value, strong, weak):
    if strong:
        check_write(Headers({"if-match": value}), TAG)
        assert checked_read(Headers({"if-match": value}), TAG, {"a": 1}).status == 200
    else:
        for check in (check_write, lambda headers, tag: checked_read(headers, tag, {})):
            with pytest.raises(Refusal) as raised:
                check(Headers({"if-match": value}), TAG)
            assert raised.value.answer.status == 412
            assert raised.value.answer.headers == {"etag": TAG}
    answer = checked_read(Headers({"if-none-match": value}), TAG, {"a": 1})
    assert answer.status == (304 if weak else 200)
    assert answer.headers == {"etag": TAG}
    assert answer.document == (None if weak else {"a": 1})


def test_several_fields_are_one_list():
    headers = Headers(raw=[(b"if-match", b'"x"'), (b"if-match", TAG.encode())])
    check_write(headers, TAG)


def test_a_write_that_must_not_replace_anything_is_refused_where_there_is_something():
    with pytest.raises(Refusal) as raised:
        check_write(Headers({"if-none-match": "*"}), TAG)
    assert raised.value.answer.status == 412


def test_without_conditions_everything_is_allowed():
    check_write(Headers({}), TAG)
    assert checked_read(Headers({}), TAG, {"a": 1}).document == {"a": 1}
