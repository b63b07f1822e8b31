"""Many rules at once."""

import dataclasses

import pytest

from routeiq_builtin_plugins.content_filter.config import Rule
from routeiq_builtin_plugins.content_filter.rules import compiled
from routeiq_builtin_plugins.matching import Matcher, PatternError
from routeiq_builtin_plugins.matching.matcher import encoded


def matcher(*rules):
    return Matcher([compiled(Rule(name=str(number), **rule)) for number, rule in enumerate(rules)], 32)


def names(one, text):
    return [pattern.owner.name for pattern in one.matching(text)]


def test_thousands_of_rules_are_matched_in_one_pass():
    many = matcher(*({"words": [f"word{number}"]} for number in range(3000)))
    assert names(many, "a word2999 and word17, word5000") == ["17", "2999"]


def test_folded_rules_and_others_are_told_in_their_order():
    one = matcher({"words": ["b"]}, {"words": ["a"], "fold": False}, {"words": ["\u0430"]})
    assert names(one, "a b") == ["0", "1", "2"]


def test_halves_of_surrogate_pairs_match_nothing_and_harm_nobody():
    one = matcher({"words": ["a"]})
    found = one.matches("\ud800 a \udfff")
    assert [(match.start, match.end) for match in found] == [(2, 3)]
    assert encoded("\ud800") == b"\xed\xa0\x80"


def test_no_rules_match_nothing():
    assert names(matcher(), "anything") == []


def test_patterns_that_would_match_nothing_for_want_of_memory_are_an_error():
    large = compiled(Rule(name="large", pattern="(?:[a-z]{900}|[A-Z]{900}){1}"))
    with pytest.raises(PatternError, match="raise memory_mib"):
        Matcher([large] * 60, 1)


def test_what_only_looks_like_it_is_no_match_and_yet_passed_over():
    even = dataclasses.replace(compiled(Rule(name="even", pattern="[0-9]+")), valid=lambda text: int(text) % 2 == 0)
    one = Matcher([even], 8)
    assert [(match.start, match.end) for match in one.matches("12 13 14")] == [(0, 2), (6, 8)]
    assert [match.valid for match in one.candidates("12 13 14", [even])] == [True, False, True]
