"""The group's errors carry what programs need, and say it."""

from routeiq.core.errors import RouteIQError
from routeiq.gateway.group.errors import ConversationLost, GroupError, PeerFailed


def test_they_are_errors_of_the_host():
    assert issubclass(GroupError, RouteIQError)
    assert issubclass(ConversationLost, GroupError)


def test_a_lost_worker_is_named_where_it_is_known():
    assert (ConversationLost(3).number, str(ConversationLost(3))) == (3, "worker 3 is gone")
    assert str(ConversationLost()) == "the other worker is gone"


def test_a_failure_says_whose_it_is():
    error = PeerFailed(2, "no")
    assert (error.number, error.text, str(error)) == (2, "no", "worker 2 failed: no")
