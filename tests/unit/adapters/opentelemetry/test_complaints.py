"""Complaints that would repeat are made once in a while."""

import logging

import pytest

pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")

from tests.fakes.clock import Clock

from routeiq.adapters.opentelemetry.complaints import KINDS, Complaints, SelectedComplaints


def test_one_of_a_kind_is_due_in_each_interval_and_says_how_many_it_stands_for():
    clock = Clock(0.0)
    complaints = Complaints(10, clock)
    assert [complaints.due("a") for _ in range(3)] == [0, None, None]
    assert complaints.due("b") == 0
    clock.now = 10.0
    assert [complaints.due("a"), complaints.due("a")] == [2, None]
    clock.now = 20.0
    assert complaints.due("a") == 1


def test_kinds_without_number_do_not_fill_the_memory():
    complaints = Complaints(10, Clock(0.0))
    due = [complaints.due(number) for number in range(10 * KINDS)]
    assert due.count(0) == KINDS + 1


def test_a_record_that_stands_for_others_says_so(caplog):
    clock, logger = Clock(0.0), logging.getLogger("exporter-of-this-test")
    chosen = SelectedComplaints(Complaints(10, clock))
    logger.addFilter(chosen)
    try:
        for attempt in range(3):
            logger.error("cannot reach %s (attempt %d)", "host", attempt)
        clock.now = 11.0
        logger.error("cannot reach %s (attempt %d)", "host", 3)
    finally:
        logger.removeFilter(chosen)
    assert caplog.messages == [
        "cannot reach host (attempt 0)",
        "cannot reach host (attempt 3) (2 more like this one since the last)",
    ]
