"""Calls that may still be answered."""

import types

from routeiq.adapters.mcp.unanswered import MOST, STREAMS, Unanswered


class Call:
    def __init__(self, id=1, server="files"):
        self.id, self.ended = id, False
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


def test_a_session_that_ends_takes_its_calls_along():
    kept, one, other = Unanswered(STREAMS), Call(), Call()
    kept.keep(b"s", 1, one)
    kept.keep(b"t", 1, other)
    kept.forget("files", b"s")
    assert (one.ended, other.ended) == (True, False)
    kept.close()
    assert other.ended
