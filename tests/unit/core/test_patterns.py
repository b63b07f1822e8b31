"""Many patterns at once."""

import re

from hypothesis import given
from hypothesis import strategies as st

from routeiq.core.patterns import LONGEST_REMEMBERED, MOST_REMEMBERED, PatternIndex


def index(*patterns, **options):
    return PatternIndex(((pattern, 1 << bit) for bit, pattern in enumerate(patterns)), **options)


def test_exact_texts_prefixes_and_globs_are_found_together():
    found = index("/v1/chat", "/v1/*", "*", "/v1/*/x*", "/v2", "*chat")
    assert found("/v1/chat") == 0b100111
    assert found("/v1/a/x") == 0b001110
    assert found("/v2/chat") == 0b100100
    assert found("/v2") == 0b010100


def test_a_pattern_that_stands_twice_has_both_masks():
    assert PatternIndex([("a", 1), ("a", 2), ("a*", 4), ("a*", 8)])("a") == 15


def test_what_every_text_has_is_in_every_answer():
    assert index("a", always=0b100)("a") == 0b101
    assert index("a", always=0b100)("b") == 0b100


@given(
    st.lists(st.text("ab*", max_size=6), max_size=6),
    st.lists(st.text("ab", max_size=8), min_size=1, max_size=5),
)
def test_the_answer_is_that_of_trying_each_pattern(patterns, texts):
    found = index(*patterns)
    for text in (*texts, *texts):  # the second time from memory
        tried = [re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) for pattern in patterns]
        assert found(text) == sum(1 << bit for bit, match in enumerate(tried) if match)


def test_what_is_remembered_has_an_end_whatever_clients_send():
    found = index("/exact", "/*a", "/*b")
    for number in range(3 * MOST_REMEMBERED):
        assert found(f"/{number}a") == 0b010
    assert len(found._known) <= MOST_REMEMBERED + 1
    assert found("/exact") == 0b001
    before = len(found._known)
    found("/" + "x" * LONGEST_REMEMBERED)
    assert len(found._known) == before


def test_a_text_made_to_be_tried_long_is_not():
    # By a regular expression of so many `.*` this would not end within a lifetime.
    assert index("*".join("a" * 30) + "*b")("a" * 100_000) == 0
