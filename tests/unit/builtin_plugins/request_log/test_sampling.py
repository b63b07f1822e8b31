"""Which requests are logged."""

import uuid

from routeiq_builtin_plugins.request_log.sampling import is_sampled

IDS = [uuid.UUID(int=n * 7919).hex for n in range(20_000)]


def test_the_share_is_kept_and_a_larger_one_has_all_of_a_smaller_one():
    tenth = {one for one in IDS if is_sampled(one, 0.1)}
    half = {one for one in IDS if is_sampled(one, 0.5)}
    assert 1700 < len(tenth) < 2300
    assert tenth < half


def test_all_and_none():
    assert all(is_sampled(one, 1.0) for one in (*IDS[:100], "\ud800"))
    assert not any(is_sampled(one, 0.0) for one in IDS)
