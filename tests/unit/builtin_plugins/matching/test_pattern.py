"""Single patterns: what they match, and what the engine refuses."""

import pytest

from routeiq_builtin_plugins.matching import Pattern, PatternError, regexp


def spans(source, text, group=0):
    one = Pattern("owner", source, regexp(source, captures=group > 0), group, 9, folds=False)
    return list(one.spans(text.encode(), 0))


def test_matches_follow_one_another_and_empty_ones_are_none():
    assert spans("a*", "aa b aaa") == [(0, 2), (5, 8)]


def test_a_group_can_be_what_is_meant():
    assert spans("x(a)|b", "xa b", group=1) == [(1, 2), (3, 4)]


def test_what_is_not_accepted_is_an_error():
    with pytest.raises(PatternError, match="the pattern is not accepted: missing"):
        regexp("(a")


@pytest.mark.parametrize("source", [r"\C", r"a\C{2}", r"\\\C"])
def test_what_could_match_a_part_of_a_character_is_not_accepted(source):
    with pytest.raises(PatternError, match="characters"):
        regexp(source)


def test_a_backslash_before_a_capital_is_no_byte():
    assert spans(r"\\C", r"a\C") == [(1, 3)]
