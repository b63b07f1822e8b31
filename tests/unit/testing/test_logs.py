from __future__ import annotations

import logging

from routeiq.core.logging import plugin_logger
from routeiq.testing.logs import ROOT, LogCapture


def test_every_level_is_kept_while_it_listens_and_the_logger_left_as_it_was() -> None:
    capture = LogCapture(lambda plugin: plugin == "mine")
    level, handlers = ROOT.level, list(ROOT.handlers)
    capture.begin()
    plugin_logger("mine").debug("looked", n=1)
    plugin_logger("other").error("not mine")
    try:
        1 / 0
    except ZeroDivisionError:
        logging.getLogger("routeiq.core").exception("it %s", "failed")
    capture.end()
    plugin_logger("mine").error("too late")
    assert (ROOT.level, ROOT.handlers) == (level, handlers)
    assert [(line.level, line.event, line.fields, line.plugin) for line in capture.lines] == [
        ("debug", "looked", {"n": 1}, "mine"),
        ("error", "it failed", {}, None),
    ]
    assert isinstance(capture.lines[1].exception, ZeroDivisionError)


def test_several_may_listen_and_end_in_any_order() -> None:
    level = ROOT.level
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        captures = [LogCapture(lambda plugin: True) for _ in range(3)]
        for capture in captures:
            capture.begin()
        for number in order:
            assert ROOT.level == logging.DEBUG
            captures[number].end()
            captures[number].end()
        assert ROOT.level == level
