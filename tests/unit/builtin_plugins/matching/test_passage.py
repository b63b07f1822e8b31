"""A text in windows is judged like the whole, wherever it is cut."""

import dataclasses
import itertools
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from routeiq_builtin_plugins.content_filter.config import Rule
from routeiq_builtin_plugins.content_filter.rules import compiled
from routeiq_builtin_plugins.matching import Matcher, Passage, TooMany, judged, overlap

RULES = [
    Rule(name="words", words=("secret", "ab ba"), action="redact"),
    Rule(name="pattern", pattern="a{2,3}b?|ba", action="redact", replacement="<a>"),
    Rule(name="flagged", pattern="b.c", action="flag"),
    Rule(name="cyrillic", words=("\u0436", "\u0436\u0436"), action="redact", replacement="#"),
]
MATCHER = Matcher([compiled(rule) for rule in RULES], 8)
PIECES = ["a", "b", "c", " ", "secret", "\u0436", "\u0436\u0436", "\u00e9", "\u200b", "x", "s\u0435cret"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def replacement(match, old):
    return match.pattern.owner.replacement if match.pattern.owner.action == "redact" else None


def streamed(text, cuts, matcher=MATCHER, is_json=False):
    """Return what leaves of a text in pieces, as the framework hands it over, what was found, and the longest hold."""
    passage, again = Passage(matcher, replacement, is_json=is_json), overlap(matcher)
    left, held, found, longest = "", "", [], 0
    places = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    for start, stop in itertools.pairwise(places):
        held += text[start:stop]
        if len(held) > again:
            made = passage.judge(held, left[-9:], is_final=False)
            leaves = max(len(made.text) - again, 0)
            left, held = left + made.text[:leaves], made.text[leaves:]
            found += [match.pattern.owner.name for match in made.matches]
        longest = max(longest, len(held))
    made = passage.judge(held, left[-9:], is_final=True)
    return left + made.text, sorted(found + [match.pattern.owner.name for match in made.matches]), longest


@settings(max_examples=300)
@given(TEXTS, st.lists(st.integers(0, 60), max_size=6))
@example("secret ab baab", [3, 9, 11])
def test_where_a_text_is_cut_changes_nothing(text, cuts):
    whole = Passage(MATCHER, replacement).judge(text)
    assert streamed(text, cuts)[:2] == (whole.text, sorted(match.pattern.owner.name for match in whole.matches))


ESCAPED = ["a", "b", "secret", "\n", '"', "\\", "\t", " ", "\u00e9", "ab", "/"]


@settings(max_examples=150)
@given(st.lists(st.sampled_from(ESCAPED), max_size=10).map("".join), st.lists(st.integers(0, 60), max_size=6))
def test_json_text_is_cut_like_any_other_and_escapes_are_no_letters(value, cuts):
    text = json.dumps({"a": value})
    whole = Passage(MATCHER, replacement, is_json=True).judge(text)
    assert streamed(text, cuts, is_json=True)[0] == whole.text
    told = {match.pattern.owner.name for match in Passage(MATCHER, replacement).judge(value).matches}
    assert "words" not in told or "words" in {match.pattern.owner.name for match in whole.matches}


def test_a_word_is_found_at_every_offset_and_held_back_no_longer_than_it_is():
    text = "It is a secret that nobody tells."
    matcher = Matcher([compiled(Rule(name="word", words=("secret",), action="redact", fold=False))], 8)
    for cut in range(len(text) + 1):
        assert streamed(text, [cut], matcher)[0] == text.replace("secret", "[redacted]")
    assert streamed(text, range(len(text)), matcher)[2] == len("secret")


def test_a_long_text_is_judged_in_blocks_like_the_whole():
    text = "ab secret " * 9000
    made = judged(MATCHER, replacement, text, 100_000)
    assert made.text == text.replace("secret", "[redacted]")
    assert (made.replaced, len(made.matches)) == (9000, 9000)


@pytest.mark.parametrize("length", [200, 50_000])
def test_there_is_an_end_to_what_is_replaced(length):
    with pytest.raises(TooMany):
        judged(MATCHER, replacement, "secret " * length, 100)


def test_and_to_what_is_looked_at_in_vain():
    never = dataclasses.replace(compiled(Rule(name="never", pattern="x")), valid=lambda text: False)
    with pytest.raises(TooMany):
        judged(Matcher([never], 8), replacement, "x" * 100_000, 100)
    assert judged(Matcher([never], 8), replacement, "x" * 40_000, 2500).looked_at == 40_000


def test_an_open_end_that_is_looked_for_in_vain_again_and_again_costs_no_square():
    matcher = Matcher([compiled(Rule(name="open", pattern="x(.*y)?", action="flag"))], 8)
    assert len(judged(matcher, replacement, "x" * 20_000, 1000).matches) == 20_000


def test_what_overlaps_is_replaced_altogether():
    rules = [Rule(name="one", pattern="abc", action="redact", replacement="1")]
    rules += [Rule(name="two", pattern="bcde", action="redact", replacement="2")]
    both = Matcher([compiled(rule) for rule in rules], 8)
    assert Passage(both, replacement).judge("xabcdex").text == "x12x"


def test_another_guard_may_replace_what_is_held():
    passage = Passage(MATCHER, replacement)
    made = passage.judge("a secret that is long", is_final=False)
    assert made.text.startswith("a [redacted] that")
    assert passage.judge("OTHER secret", "a", is_final=True).text == "OTHER [redacted]"


def test_what_only_hides_something_does_not_leave():
    assert Passage(MATCHER, replacement).judge("x\u200by").text == "xy"
    assert judged(MATCHER, replacement, "x\u200by", 9).text == "x\u200by"
