from __future__ import annotations

import pytest
from routeiq_plugin_sdk.testing import MockMetrics
from routeiq_plugin_sdk.testing.metrics import MockLogger


def test_what_was_counted_can_be_read() -> None:
    metrics = MockMetrics()
    metrics.counter("calls_total", labels=["model"]).inc(model="a")
    metrics.counter("calls", labels=["model"]).inc(2, model="a")
    gauge = metrics.gauge("busy")
    gauge.set(5)
    gauge.dec()
    histogram = metrics.histogram("seconds")
    histogram.observe(1.0)
    histogram.observe(2.0)
    assert metrics.value("calls", model="a") == metrics.value("calls_total", model="a") == 3
    assert metrics.value("calls", model="b") is None
    assert metrics.value("busy") == 4
    assert metrics.value("seconds") == 3.0
    assert metrics.observations("seconds") == [1.0, 2.0]
    assert metrics.value("nothing") is None
    assert metrics.observations("nothing") == []


def test_mistakes_are_told() -> None:
    metrics = MockMetrics()
    counter = metrics.counter("calls", labels=["model"])
    with pytest.raises(ValueError, match="only rises"):
        counter.inc(-1, model="a")
    with pytest.raises(ValueError, match=r"has the labels \('model',\)"):
        counter.inc(modell="a")
    with pytest.raises(ValueError, match="is a counter"):
        metrics.gauge("calls")
    with pytest.raises(ValueError, match=r"write \['model'\]"):
        metrics.counter("other", labels="model")


def test_log_lines_are_kept_with_their_fields() -> None:
    logger = MockLogger("p")
    logger.debug("a")
    logger.info("b", n=1)
    logger.warning("c")
    logger.error("d")
    try:
        1 / 0
    except ZeroDivisionError:
        logger.exception("e")
    assert [line.level for line in logger.lines] == ["debug", "info", "warning", "error", "error"]
    assert logger.lines[1].fields == {"n": 1}
    assert isinstance(logger.lines[-1].exception, ZeroDivisionError)
