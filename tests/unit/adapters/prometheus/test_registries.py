"""prometheus_client's metrics as families."""

import logging

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, Summary, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families as read_text

from routeiq.adapters.prometheus.exposition import TEXT, rendered
from routeiq.adapters.prometheus.registries import families_of, process_registry
from routeiq.core.metrics import Instruments, PluginMetrics


@pytest.fixture
def registry():
    return CollectorRegistry()


def by_name(registry):
    return {family.name: family for family in families_of(registry)}


def test_instruments_are_told_as_prometheus_client_tells_them(registry):
    counter = Counter("hits", "Hits.", ["who"], registry=registry)
    histogram = Histogram("seconds", "Seconds.", ["who"], buckets=(1, 2), registry=registry)
    Gauge("open", "Open.", registry=registry).set(-2)
    for who, value in (("a", 0.5), ("b", 1.5), ("a", 9)):
        counter.labels(who).inc(value)
        histogram.labels(who).observe(value)

    def samples(document):
        found = [sample for metric in read_text(document) for sample in metric.samples]
        return {(one.name, *sorted(one.labels.items())): one.value for one in found if "_created" not in one.name}

    ours = b"".join(rendered(families_of(registry), TEXT)).decode()
    assert samples(ours) == samples(generate_latest(registry).decode())


def test_instances_of_a_plugin_are_told_apart():
    instruments = Instruments()
    PluginMetrics("cache", instruments).counter("hits", labels=["who"]).inc(who="a")
    PluginMetrics("cache#b", instruments).counter("hits", labels=["who"]).inc(2, who="a")
    family = by_name(instruments.registry)["routeiq_plugin_cache_hits"]
    assert dict(zip(family.labels, zip(*family.series, strict=True), strict=True)) == {
        "who": ("a", "a"),
        "plugin_instance": ("", "b"),
    }
    assert list(family.series.values()) == [1, 2]


def test_kinds_that_are_not_ours_are_told_sample_by_sample(registry):
    Info("build", "Build.", registry=registry).info({"version": "1"})
    Summary("size", "Size.", registry=registry).observe(3)
    families = by_name(registry)
    assert families["build_info"].series == {("1",): 1}
    assert (families["size_count"].series, families["size_sum"].series) == ({(): 1}, {(): 3})


def test_a_collector_that_fails_is_logged_and_the_rest_told(registry, caplog):
    class Broken:
        def describe(self):
            return []

        def collect(self):
            yield GaugeMetricFamily("fine", "Fine.", value=1)
            raise KeyError("lost")

    registry.register(Broken())
    with caplog.at_level(logging.ERROR):
        assert list(by_name(registry)) == ["fine"]
    assert "a collector of metrics failed" in caplog.text


def test_the_process_is_told_with_what_several_make_together():
    families = by_name(process_registry())
    assert families["process_start_time_seconds"].together == "min"
    assert families["process_resident_memory_bytes"].together == "sum"
    assert families["process_cpu_seconds"].kind == "counter"
    assert families["python_info"].together == "max"
