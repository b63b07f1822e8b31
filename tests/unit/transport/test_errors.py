"""What errors say, and to whom."""

import pytest

from routeiq import transport
from routeiq.core.errors import RouteIQError
from routeiq.transport import ConnectionClosed, UpstreamError

ERRORS = [
    value
    for name in transport.__all__
    if isinstance(value := getattr(transport, name), type) and issubclass(value, UpstreamError)
]


@pytest.mark.parametrize("error", [error for error in ERRORS if error is not ConnectionClosed])
def test_an_error_names_the_origin_and_the_reason(error):
    raised = error("http://up:1", "it broke")
    assert str(raised) == "http://up:1: it broke"
    assert (raised.origin, raised.reason) == ("http://up:1", "it broke")
    assert isinstance(raised, RouteIQError)


def test_a_closed_connection_says_whether_the_response_had_started():
    assert ConnectionClosed("http://up", "gone", response_started=True).response_started
    assert not ConnectionClosed("http://up", "gone", response_started=False).response_started


def test_every_error_of_the_tree_is_public_and_drawn():
    drawn = transport.errors.__doc__
    assert len(ERRORS) == 8
    assert all(error.__name__ in drawn for error in ERRORS)
