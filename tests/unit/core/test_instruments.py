"""How many series an instrument may have, and what becomes of what is too much."""

import logging

import pytest

from routeiq.core.metrics import MOST_INSTRUMENTS, Instruments, PluginMetrics


@pytest.fixture
def instruments():
    return Instruments(max_series=2)


@pytest.fixture
def metrics(instruments):
    return PluginMetrics("rate-limit", instruments)


def value(instruments, name, **labels):
    return instruments.registry.get_sample_value(f"routeiq_plugin_{name}", labels)


def test_what_comes_after_the_last_series_counts_as_other(metrics, instruments):
    counter = metrics.counter("hits", labels=["user", "path"])
    for user in "abcd":
        counter.inc(user=user, path="/")
    counter.inc(user="a", path="/")
    assert value(instruments, "rate_limit_hits_total", user="a", path="/") == 2
    assert value(instruments, "rate_limit_hits_total", user="c", path="/") is None
    assert value(instruments, "rate_limit_hits_total", user="other", path="other") == 2


def test_it_is_said_once_and_counted(metrics, instruments, caplog):
    histogram = metrics.histogram("seconds", labels=["user"])
    full_name = "routeiq_plugin_rate_limit_seconds"
    assert instruments.folded() == {("rate-limit", full_name): 0}
    with caplog.at_level(logging.WARNING):
        for user in "abcde":
            histogram.observe(1, user=user)
    (record,) = caplog.records
    assert record.getMessage() == (
        f"{full_name} has 2 series, the most that an instrument may have (max_series): what has other values of the"
        " labels user counts as 'other' from now on"
    )
    assert instruments.folded() == {("rate-limit", full_name): 3}


def test_named_instances_have_room_of_their_own(instruments):
    for instance in "ab":
        gauge = PluginMetrics(f"cache#{instance}", instruments).gauge("size", labels=["user"])
        for user in "xyz":
            gauge.set(1, user=user)
    assert instruments.folded() == {("cache", "routeiq_plugin_cache_size"): 2}


def test_an_instrument_without_labels_has_one_series(metrics, instruments):
    gauge = metrics.gauge("open")
    for _ in range(5):
        gauge.inc()
    assert value(instruments, "rate_limit_open") == 5


def test_a_plugin_has_so_many_instruments_and_no_more(metrics, instruments):
    for number in range(MOST_INSTRUMENTS):
        metrics.counter(f"hits_{number}")
    with pytest.raises(ValueError, match=r"hits_of_bob would be one more than the 500 .*: use labels for what varies"):
        metrics.counter("hits_of_bob")
    assert metrics.counter("hits_1") is not None
    PluginMetrics("another", instruments).counter("hits")
