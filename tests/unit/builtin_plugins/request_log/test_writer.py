"""The thread that writes."""

import json
import threading

from routeiq_builtin_plugins.request_log import writer as module
from routeiq_builtin_plugins.request_log.writer import LineWriter, encoded


class Gate:
    """A sink that waits until it may write."""

    def __init__(self, failure: OSError | None = None) -> None:
        self.lines: list[bytes] = []
        self.opened = threading.Event()
        self.reached = threading.Event()
        self.closed = False
        self.failure = failure

    def write(self, line: bytes) -> None:
        self.reached.set()
        assert self.opened.wait(10)
        if self.failure is not None:
            raise self.failure
        self.lines.append(line)

    def close(self) -> None:
        self.closed = True


def test_what_is_beyond_the_queue_is_dropped_and_counted_and_nobody_waits():
    gate = Gate()
    writer = LineWriter(gate, 2)
    assert writer.put(lambda: {"n": 0})
    assert gate.reached.wait(10)
    assert [writer.put(lambda n=n: {"n": n}) for n in range(1, 5)] == [True, True, False, False]
    assert writer.dropped == 2
    gate.opened.set()
    assert writer.close(10) == 0
    assert [json.loads(line)["n"] for line in gate.lines] == [0, 1, 2]
    assert gate.closed
    assert not writer.put(dict)


def test_contents_that_weigh_too_much_are_dropped(monkeypatch):
    monkeypatch.setattr(module, "HEAVIEST", 10)
    gate = Gate()
    writer = LineWriter(gate, 100)
    writer.put(dict)
    assert gate.reached.wait(10)
    assert [writer.put(dict, weight) for weight in (6, 6, 4, 1)] == [True, False, True, False]
    gate.opened.set()
    writer.close(10)
    assert len(gate.lines) == 3


def test_a_line_that_cannot_be_written_is_counted_and_told():
    gate = Gate(OSError(28, "No space left on device"))
    gate.opened.set()
    writer = LineWriter(gate, 10)
    writer.put(dict)
    writer.close(10)
    assert (writer.failed, "No space left" in writer.problem) == (1, True)


def test_an_end_that_comes_before_all_is_written_says_how_much_is_left():
    gate = Gate()
    writer = LineWriter(gate, 10)
    writer.put(dict)
    assert gate.reached.wait(10)
    writer.put(dict)
    assert writer.close(0.01) == 1
    gate.opened.set()


def test_a_line_has_one_line_break_whatever_is_in_it():
    line = encoded({"a": "x\ny\u2028", "b": "\ud800", "c": object})
    assert line.count(b"\n") == 1
    assert json.loads(line)["a"] == "x\ny\u2028"
