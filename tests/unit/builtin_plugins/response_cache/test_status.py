"""Where an answer comes from, as responses tell it."""

import pytest

from routeiq_builtin_plugins.response_cache.status import Status


@pytest.mark.parametrize(
    ("status", "outcome", "headers"),
    [
        (Status("miss"), "miss", {"cache-status": "RouteIQ; fwd=miss"}),
        (Status("bypass", "state"), "bypass", {"cache-status": "RouteIQ; fwd=bypass; detail=state"}),
        (Status(age=5.9, ttl=60.9), "hit", {"cache-status": "RouteIQ; hit; ttl=60", "age": "5"}),
        (Status(collapsed=True, ttl=60), "collapsed", {"cache-status": "RouteIQ; hit; ttl=60; collapsed", "age": "0"}),
        (
            Status(detail="semantic", ttl=1),
            "semantic",
            {"cache-status": "RouteIQ; hit; ttl=1; detail=semantic", "age": "0"},
        ),
    ],
)
def test_a_status(status, outcome, headers):
    assert (status.outcome, status.headers()) == (outcome, headers)
