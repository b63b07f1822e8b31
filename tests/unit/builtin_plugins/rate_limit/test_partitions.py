"""What counts as one client, and how much a call asks for."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk import LLMCall, PluginRequest, Principal, Usage

from routeiq_builtin_plugins.calls import named_user
from routeiq_builtin_plugins.rate_limit.config import Limit
from routeiq_builtin_plugins.rate_limit.partitions import (
    Subject,
    demands,
    expected_tokens,
    network,
    partition,
    used_tokens,
)

ALL = Limit(name="all", limit=5, window=1, by=("ip", "key", "user", "model"))
SUBJECTS = st.builds(Subject, *[st.none() | st.text(max_size=4)] * 4)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
)


@given(SUBJECTS, SUBJECTS)
def test_two_subjects_share_a_window_only_if_they_are_the_same(one, other):
    assert (partition(ALL, one) == partition(ALL, other)) == (one == other)


@given(st.text(max_size=5000))
def test_a_key_of_the_storage_is_short_whatever_clients_name(user):
    key = partition(ALL, Subject(user=user))
    assert len(key) < 100
    assert set(key) <= set(string.ascii_lowercase + string.digits + ":-")


def test_only_what_a_limit_goes_by_divides_it():
    limit = Limit(name="all", limit=5, window=1, by=("key",))
    assert partition(limit, Subject("1.2.3.4", "alice")) == partition(limit, Subject("5.6.7.8", "alice", "u", "m"))
    assert partition(limit, Subject(key="alice")) != partition(limit, Subject(key=None))
    assert partition(limit.model_copy(update={"by": ()}), Subject(key="a")) == partition(
        limit.model_copy(update={"by": ()}), Subject()
    )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1.2.3.4", "::ffff:1.2.3.4", True),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:0db8:0:0:1::", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("1.2.3.4", "1.2.3.5", False),
        ("unix", "unix", True),
    ],
)
def test_a_network_of_ipv6_counts_as_one_client(one, other, same):
    assert (network(one, 64) == network(other, 64)) == same


@given(st.text())
def test_no_host_is_too_strange(host):
    assert isinstance(network(host, 64), str)


def test_all_that_is_known_of_a_call_is_taken():
    request = PluginRequest.mock(principal=Principal("alice"))
    call = LLMCall("c", "chat", "echo", request=request)
    assert Subject.of_call(call, {"user": "u"}) == Subject("127.0.0.1", "alice", "u", "echo")
    assert Subject.of_call(LLMCall("c", "chat", "echo", principal=Principal("bob")), {}) == Subject(
        key="bob", model="echo"
    )


@pytest.mark.parametrize(
    ("messages", "kwargs", "tokens"),
    [
        ([], {}, 100),
        ([{"content": "x" * 9}], {"max_tokens": 5}, 8),
        ([{"content": [{"text": "x" * 8}, {"image_url": {"url": "data:"}}, "odd"]}], {"max_completion_tokens": 0}, 2),
        ([{"content": None}], {"max_tokens": True, "max_output_tokens": 7}, 7),
        ([], {"max_tokens": 5, "n": 3}, 15),
        ([], {"max_tokens": -5, "n": "3"}, 100),
    ],
)
def test_a_call_is_expected_to_need_its_prompt_and_the_bound_of_its_answer(messages, kwargs, tokens):
    assert expected_tokens(messages, kwargs, 100) == tokens


@given(
    st.lists(st.dictionaries(st.sampled_from(["content", "role"]), ANYTHING)),
    st.dictionaries(st.sampled_from(["n", "max_tokens", "user", "metadata"]), ANYTHING),
)
def test_whatever_a_client_sends_it_asks_for_some_of_the_limit_and_never_for_more(messages, kwargs):
    tokens = Limit(name="tokens", limit=50, window=1, unit="tokens", by=("user",))
    (demand,) = demands([tokens], Subject(user=named_user(kwargs)), messages, kwargs)
    assert 1 <= demand.amount <= 50


def test_what_was_used_is_known_only_where_it_is_told():
    assert used_tokens(None) is None
    assert used_tokens(Usage(3, 4, 7)) == 7
    assert used_tokens(Usage(3, 4)) == 7
