"""Who gets which variant: by shares, for good, and whatever the order."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from routeiq_plugin_sdk import Headers, LLMCall, PluginRequest, Principal

from routeiq_builtin_plugins.model_router.experiments import Assignment, Taken, subject

SHARES = st.dictionaries(st.text(min_size=1, max_size=5), st.integers(1, 100), min_size=1, max_size=5)


@settings(max_examples=30)
@given(SHARES, st.text(), st.randoms(use_true_random=False))
def test_the_order_of_the_variants_does_not_matter(shares, name, chance):
    other = list(shares.items())
    chance.shuffle(other)
    one, two = Assignment("e", shares), Assignment("e", dict(other))
    assert one.variant(name) == two.variant(name) == one.variant(name)


@pytest.mark.parametrize("shares", [{"a": 90, "b": 10}, {"a": 50, "b": 30, "c": 20}, {"a": 99, "b": 1}])
def test_shares_converge(shares):
    assignment, users = Assignment("e", shares), 20_000
    counts = Counter(assignment.variant(f"user {number}") for number in range(users))
    for variant, share in shares.items():
        expected = users * share / 100
        assert abs(counts[variant] - expected) < 4 * (expected * (1 - share / 100)) ** 0.5


@settings(max_examples=30)
@given(SHARES, st.data())
def test_where_shares_change_subjects_move_only_to_what_has_grown(shares, data):
    grown = data.draw(st.sampled_from(sorted(shares)))
    before, after = Assignment("e", shares), Assignment("e", {**shares, grown: shares[grown] * 3})
    for number in range(50):
        old, new = before.variant(str(number)), after.variant(str(number))
        assert new in (old, grown)


def test_the_assignment_is_the_same_in_every_process_and_release():
    assignment = Assignment("new-model", {"fast": 50, "better": 50})
    assert [assignment.variant(f"principal user{number}") for number in range(6)] == [
        "better", "fast", "fast", "fast", "fast", "better",
    ]  # fmt: skip


def test_experiments_deal_out_independently_and_nobody_gets_what_has_no_share():
    one, two = Assignment("one", {"a": 50, "b": 50}), Assignment("two", {"a": 50, "b": 50})
    agreeing = sum(one.variant(str(number)) == two.variant(str(number)) for number in range(2000))
    assert 800 < agreeing < 1200
    assert {Assignment("e", {"a": 100, "b": 0}).variant(str(number)) for number in range(50)} == {"a"}


def test_a_subject_is_the_principal_a_header_or_the_call():
    request = PluginRequest.mock(headers=Headers.of({"x-user-id": "7"}))
    call = LLMCall("c", "chat", "m", request=request)
    assert subject(call, "principal", "x-user-id") == "call c"
    assert subject(call, "header", "x-user-id") == "header 7"
    assert subject(call, "header", "x-other") == "call c"
    known = LLMCall("c", "chat", "m", principal=Principal("ann"))
    assert subject(known, "principal", "") == "principal ann"
    assert subject(known, "call", "") == subject(known, "header", "x-user-id") == "call c"
    assert str(Taken("e", "v")) == "e=v"
