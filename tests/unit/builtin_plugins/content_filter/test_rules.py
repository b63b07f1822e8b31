"""Rules made ready: words with and without borders, in any script."""

import pytest

from routeiq_builtin_plugins.content_filter.config import Rule
from routeiq_builtin_plugins.content_filter.rules import compiled
from routeiq_builtin_plugins.matching import Matcher


def found(text, **rule):
    ready = compiled(Rule(name="rule", **rule))
    return [text[match.start : match.end] for match in Matcher([ready], 8).matches(text)]


@pytest.mark.parametrize(
    ("words", "text", "matches"),
    [
        (["bad"], "bad badly Bad. notbad", ["bad", "Bad"]),
        (["credit card"], "credit card, credit  card, creditcard", ["credit card", "credit  card"]),
        (["жар"], "жар жара жар, жар", ["жар", "жар", "жар"]),
        (["жар", "#tag"], "жар #tags", ["жар", "#tag"]),
        (["c++", "c"], "c++ and c", ["c++", "c"]),
        (["#tag"], "x#tag", ["#tag"]),
        (["straße"], "STRASSE Straße", ["STRASSE", "Straße"]),
        (["日本"], "日本 日本語", ["日本"]),
    ],
)
def test_words_count_alone(words, text, matches):
    assert found(text, words=words) == matches


def test_words_can_count_as_parts_of_others():
    assert found("badly unbad", words=["bad"], whole_words=False) == ["bad", "bad"]


def test_capitals_can_matter():
    assert found("Bad bad", words=["Bad"], case_sensitive=True) == ["Bad"]
    assert found("AB ab", pattern="ab") == ["AB", "ab"]


def test_what_looks_alike_is_found_unless_it_shall_not_be():
    assert found("b\u0430d b\u200bad", words=["bad"]) == ["b\u0430d", "b\u200bad"]
    assert found("b\u0430d b\u200bad", words=["bad"], fold=False) == []


def test_patterns_beyond_ascii_are_matched_as_they_are():
    assert found("жар", pattern="[\u0430-\u044f]{3}") == ["жар"]


def test_places_beyond_ascii_are_right():
    assert found("日本😀 secret ünd secret", words=["secret"], fold=False) == ["secret", "secret"]


def test_an_endless_pattern_takes_time_that_is_linear_in_the_text():
    assert found("x" * 20_000, pattern="(x+x+)+y") == []
