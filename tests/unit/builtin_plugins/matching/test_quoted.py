"""Texts inside JSON text are edited, and it stays JSON."""

import json

import pytest

from routeiq_builtin_plugins.matching import edited_json


def test_texts_are_edited_and_quotes_in_them_escaped():
    made = edited_json('{"a": ["x", 1], "x": "\\u0078"}', lambda text: text.replace("x", 'a "y"'))
    assert json.loads(made) == {"a": ['a "y"', 1], "x": 'a "y"'}


def test_what_stays_is_the_very_same():
    text = '{ "a" : "b" }'
    assert edited_json(text, str) is text


@pytest.mark.parametrize("text", ["{x", "", "[" * 100_000])
def test_what_is_no_json_is_a_text(text):
    assert edited_json(text, lambda one: one + "!") == text + "!"
