"""What clients and upstreams say of caching."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeiq_builtin_plugins.response_cache.directives import RequestDirectives, request_directives, time_to_live


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([], RequestDirectives()),
        (["no-cache"], RequestDirectives(no_cache=True)),
        (["No-Store, max-age=60"], RequestDirectives(no_store=True, max_age=60)),
        (["only-if-cached", 'min-fresh="5"'], RequestDirectives(only_if_cached=True, min_fresh=5)),
        (["max-age=oops"], RequestDirectives(max_age=0)),
        (["min-fresh=oops"], RequestDirectives(min_fresh=math.inf)),
        (["unknown, , =,max-stale"], RequestDirectives()),
    ],
)
def test_a_client(values, wanted):
    assert request_directives(values) == wanted


@pytest.mark.parametrize(
    ("values", "shared", "stream", "seconds"),
    [
        ([], True, False, 100),
        (["no-store"], False, True, 0),
        (["private"], False, False, 100),
        (["private"], True, False, 0),
        (["no-cache"], False, False, 0),
        (["no-cache"], False, True, 100),
        (["max-age=30"], False, False, 30),
        (["max-age=300"], False, False, 100),
        (["max-age=30, s-maxage=20"], True, False, 20),
        (["max-age=30, s-maxage=20"], False, False, 30),
        (["max-age=-1"], False, False, 0),
    ],
)
def test_an_upstream(values, shared, stream, seconds):
    assert time_to_live(values, 100, shared=shared, stream=stream) == seconds


@given(st.lists(st.text()))
def test_no_field_is_too_strange(values):
    request_directives(values)
    assert 0 <= time_to_live(values, 100, shared=True, stream=False) <= 100
