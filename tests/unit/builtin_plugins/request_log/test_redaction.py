"""What of contents may be written."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from routeiq_builtin_plugins.request_log.redaction import CUT, DEEPEST, REDACTED, Redactor

REDACTOR = Redactor(["api_key", "password"], 20)


def test_secrets_go_at_any_depth_and_in_any_spelling():
    value = {"a": [{"API-Key": "x", "ApiKey": {"y": 1}, "PASS_WORD": 2, "keys": 3}]}
    assert REDACTOR.value(value) == {"a": [{"API-Key": REDACTED, "ApiKey": REDACTED, "PASS_WORD": REDACTED, "keys": 3}]}


def test_texts_are_cut_and_numbers_stay():
    assert REDACTOR.value(["x" * 20, "x" * 21, 1, 1.5, True, None]) == ["x" * 20, "x" * 20 + CUT, 1, 1.5, True, None]


def test_a_text_of_json_is_redacted_as_what_it_says():
    assert REDACTOR.json_text('{"password": "p", "n": NaN}') == {"password": REDACTED, "n": "NaN"}
    assert REDACTOR.json_text({"password": "p"}) == {"password": REDACTED}


def test_a_broken_text_that_names_a_secret_is_not_written_at_all():
    assert REDACTOR.json_text('{"api-key": "abc') == REDACTED
    assert REDACTOR.json_text("plain words") == "plain words"


def test_what_is_nested_too_deep_or_no_json_is_not_followed():
    deep: object = "end"
    for _ in range(DEEPEST + 5):
        deep = [deep]
    assert "end" not in json.dumps(REDACTOR.value(deep))
    assert CUT in json.dumps(REDACTOR.value(deep))
    assert REDACTOR.value(b"bytes") == "bytes"
    assert REDACTOR.json_text("[" * 100_000) == "[" * 20 + CUT


@settings(max_examples=40)
@given(st.recursive(st.text() | st.integers(), lambda inner: st.dictionaries(st.text(), inner) | st.lists(inner)))
def test_no_value_of_a_secret_key_is_ever_written(value):
    secret = {"here": [value, {"Password": "hunter2", "more": value}]}
    assert "hunter2" not in json.dumps(REDACTOR.value(secret))
    assert "hunter2" not in json.dumps(REDACTOR.json_text(json.dumps(secret)))
    assert "hunter2" not in json.dumps(REDACTOR.json_text(json.dumps({"x": "y", "password": "hunter2"})[:-1]))


def test_what_fits_a_pattern_is_not_written_and_half_of_it_is_not_either():
    redactor = Redactor([], 12, [r"sk-[a-z]+", "(?i)PIN \\d+"])
    assert redactor.cut("é sk-abc") == "é [REDACTED]"
    assert redactor.value({"a": ["pin 77"]}) == {"a": [REDACTED]}
    assert redactor.json_text('{"a": "x sk-q"}') == {"a": "x [REDACTED]"}
    assert redactor.cut("0123456789 sk-abcdef") == f"0123456789 [{CUT}"


def test_no_pattern_takes_more_than_linear_time():
    redactor = Redactor([], 5, ["(a+)+$"])
    assert redactor.cut("a" * 200_000 + "b") == f"aaaaa{CUT}"
