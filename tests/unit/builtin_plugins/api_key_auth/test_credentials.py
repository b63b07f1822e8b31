"""Where keys are looked for in a request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk import Headers

from routeiq_builtin_plugins.api_key_auth.config import Config
from routeiq_builtin_plugins.api_key_auth.credentials import MOST, shown_keys


@pytest.mark.parametrize(
    ("headers", "keys"),
    [
        ([], []),
        ([("authorization", "Bearer one")], ["one"]),
        ([("Authorization", "bEARER   one ")], ["one"]),
        ([("authorization", "Bearer")], []),
        ([("authorization", "Bearer ")], []),
        ([("authorization", "Basic b25lOnR3bw==")], []),
        ([("authorization", "one")], []),
        ([("x-api-key", " one ")], ["one"]),
        ([("x-api-key", "")], []),
        ([("x-api-key", "two"), ("authorization", "Bearer one"), ("x-api-key", "three")], ["one", "two", "three"]),
        ([("x-other", "one")], []),
    ],
)
def test_keys_are_found_where_clients_put_them(headers, keys):
    assert list(shown_keys(Headers.of(headers), Config())) == keys


def test_only_the_places_that_the_operator_names_are_looked_at():
    headers = Headers.of({"authorization": "Bearer one", "x-api-key": "two", "x-mine": "three"})
    assert list(shown_keys(headers, Config(bearer=False, headers=("X-Mine",)))) == ["three"]


def test_who_tries_many_keys_in_one_request_gets_no_further():
    headers = Headers.of([("x-api-key", f"key {n}") for n in range(MOST + 5)])
    assert len(list(shown_keys(headers, Config()))) == MOST


@given(st.lists(st.tuples(st.sampled_from([b"authorization", b"x-api-key"]), st.binary(max_size=30)), max_size=12))
def test_no_header_that_a_client_can_send_is_too_strange(raw):
    assert all(key.strip(" \t") == key for key in shown_keys(Headers(raw), Config(bearer=False)))
    assert len(list(shown_keys(Headers(raw), Config()))) <= MOST
