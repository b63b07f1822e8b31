"""Calls that may still be answered."""

import types

from routeiq.adapters.mcp import unanswered
from routeiq.adapters.mcp.unanswered import MOST, STREAMS, Unanswered


class Call:
    def __init__(self, id=1, server="files", arguments=()):
        self.id, self.ended, self.original = id, False, {"arguments": arguments}
        self.logical = types.SimpleNamespace(call=types.SimpleNamespace(target=server))

    def finish(self):
        self.ended = True


def test_a_call_is_found_by_its_server_session_and_id():
    kept, call = Unanswered(STREAMS), Call()
    kept.keep(b"s", call.id, call)
    assert kept.find("files", b"s", 1) is kept.find("files", b"s", 1) is call
    for other in (("other", b"s", 1), ("files", b"t", 1), ("files", b"s", "1"), ("files", b"s", True)):
        assert kept.find(*other) is None
    assert kept.find("files", b"s", [1]) is None


def test_it_ends_after_a_while():
    now = [0.0]
    kept, call = Unanswered(STREAMS, lambda: now[0]), Call()
    kept.keep(b"s", call.id, call)
    now[0] = STREAMS
    assert kept.find("files", b"s", 1) is None
    assert call.ended


def test_so_many_are_kept_at_most():
    kept, first = Unanswered(STREAMS), Call(-1)
    kept.keep(b"s", -1, first)
    for number in range(MOST):
        kept.keep(b"s", number, Call(number))
    assert first.ended
    assert kept.find("files", b"s", 0) is not None


def test_large_ones_make_room_for_others(monkeypatch):
    monkeypatch.setattr(unanswered, "MOST_BYTES", 5000)
    kept, large, small = Unanswered(STREAMS), Call(1, arguments=("x" * 4000,)), Call(2)
    kept.keep(b"s", 1, large)
    kept.keep(b"s", 2, small)
    assert not large.ended
    kept.keep(b"s", 3, Call(3, arguments=("x" * 4000,)))
    assert (large.ended, small.ended) == (True, False)
    too_large = Call(4, arguments=("x" * 6000,))
    kept.keep(b"s", 4, too_large)
    assert (too_large.ended, small.ended) == (True, True)
    assert kept.find("files", b"s", 4) is None


def test_one_whose_id_comes_again_ends():
    kept, first, second = Unanswered(STREAMS), Call(), Call()
    kept.keep(b"s", 1, first)
    kept.keep(b"s", 1, second)
    assert (first.ended, second.ended) == (True, False)
    assert kept.find("files", b"s", 1) is second


def test_a_session_that_ends_takes_its_calls_along():
    kept, one, other = Unanswered(STREAMS), Call(), Call()
    kept.keep(b"s", 1, one)
    kept.keep(b"t", 1, other)
    kept.forget("files", b"s")
    assert (one.ended, other.ended) == (True, False)
    kept.close()
    assert other.ended
