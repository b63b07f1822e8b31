"""Instruments of plugins."""

import subprocess
import sys
import threading

import pytest
from prometheus_client import REGISTRY, generate_latest

from routeiq.core.metrics import Instruments, PluginMetrics


@pytest.fixture
def instruments():
    return Instruments()


@pytest.fixture
def metrics(instruments):
    return PluginMetrics("rate-limit", instruments)


def value(instruments: Instruments, name: str, **labels: str) -> float | None:
    return instruments.registry.get_sample_value(f"routeiq_plugin_rate_limit_{name}", labels)


def test_a_counter_counts_by_its_labels(metrics, instruments):
    counter = metrics.counter("hits", "Requests that were let through", ["route"])
    counter.inc(route="a")
    counter.inc(2, route="a")
    counter.inc(route="b")
    assert value(instruments, "hits_total", route="a") == 3
    assert value(instruments, "hits_total", route="b") == 1


def test_a_gauge_rises_and_falls(metrics, instruments):
    gauge = metrics.gauge("open")
    gauge.set(5)
    gauge.inc()
    gauge.dec(2)
    assert value(instruments, "open") == 4


def test_a_histogram_sorts_into_its_buckets(metrics, instruments):
    histogram = metrics.histogram("seconds", buckets=[1, 2])
    for observed in (0.5, 1.5, 5):
        histogram.observe(observed)
    assert value(instruments, "seconds_bucket", le="1.0") == 1
    assert value(instruments, "seconds_bucket", le="2.0") == 2
    assert value(instruments, "seconds_count") == 3


def test_the_same_name_gives_the_same_instrument(metrics):
    assert metrics.counter("hits", "first", ["a"]) is metrics.counter("hits", "second", ("a",))
    assert metrics.counter("hits_total", labels=["a"]) is metrics.counter("hits", labels=["a"])
    assert metrics.histogram("size", buckets=[1]) is metrics.histogram("size", buckets=(1,))


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        (
            lambda metrics: metrics.gauge("hits", labels=["a"]),
            "as a counter with the labels a, and is now wanted as a gauge",
        ),
        (
            lambda metrics: metrics.counter("hits"),
            "as a counter with the labels a, and is now wanted as a counter with no",
        ),
        (lambda metrics: metrics.counter("hits", labels=["b"]), "is now wanted as a counter with the labels b"),
        (
            lambda metrics: metrics.histogram("size", buckets=[2]),
            "buckets [1], and is now wanted as a histogram with no",
        ),
    ],
)
def test_the_same_name_for_something_else_is_an_error_that_says_so(metrics, again, expected):
    metrics.counter("hits", labels=["a"])
    metrics.histogram("size", buckets=[1])
    with pytest.raises(ValueError) as raised:
        again(metrics)
    assert expected in str(raised.value)
    assert "use one definition, or another name" in str(raised.value)


def test_two_plugins_whose_names_run_together_are_told(instruments):
    PluginMetrics("a", instruments).gauge("b_c")
    with pytest.raises(ValueError, match="routeiq_plugin_a_b_c is an instrument of the plugin 'a'"):
        PluginMetrics("a-b", instruments).gauge("c")


def test_instances_have_series_of_their_own_in_one_metric(instruments):
    for name, amount in (("rate-limit#free", 1), ("rate-limit#paid", 2), ("rate-limit", 4)):
        PluginMetrics(name, instruments).counter("hits", "How often.", labels=["route"]).inc(amount, route="r")
    free = PluginMetrics("rate-limit#free", instruments)
    free.histogram("size", buckets=[1]).observe(0.5)
    PluginMetrics("rate-limit#paid", instruments).histogram("size", buckets=[2]).observe(0.5)
    text = generate_latest(instruments.registry).decode()
    assert text.count("# TYPE routeiq_plugin_rate_limit_hits_total counter") == 1
    assert 'routeiq_plugin_rate_limit_hits_total{plugin_instance="free",route="r"} 1.0' in text
    assert 'routeiq_plugin_rate_limit_hits_total{plugin_instance="paid",route="r"} 2.0' in text
    assert 'routeiq_plugin_rate_limit_hits_total{route="r"} 4.0' in text
    assert 'routeiq_plugin_rate_limit_size_bucket{le="1.0",plugin_instance="free"} 1.0' in text
    assert free.counter("hits", labels=["route"]) is free.counter("hits", labels=["route"])


def test_a_metric_has_one_kind_for_all_instances(instruments):
    PluginMetrics("x#a", instruments).counter("hits")
    with pytest.raises(ValueError, match="was made before as a counter"):
        PluginMetrics("x#b", instruments).gauge("hits")


def test_names_that_prometheus_itself_adds_are_not_taken_twice(metrics):
    metrics.histogram("size")
    with pytest.raises(
        ValueError, match="routeiq_plugin_rate_limit_size_count cannot be made as a gauge with no labels"
    ):
        metrics.gauge("size_count")


@pytest.mark.parametrize("labels", [{}, {"route": "a", "other": "b"}, {"rout": "a"}])
def test_labels_that_an_instrument_does_not_have_are_an_error(metrics, labels):
    counter = metrics.counter("hits", labels=["route"])
    counter.inc(route="a")
    with pytest.raises(ValueError, match="routeiq_plugin_rate_limit_hits takes the labels route, and was given"):
        counter.inc(**labels)


def test_labels_for_an_instrument_without_labels_are_an_error(metrics):
    with pytest.raises(ValueError, match="takes no labels, and was given the labels route"):
        metrics.gauge("open").set(1, route="a")


def test_a_counter_does_not_fall(metrics):
    with pytest.raises(ValueError, match="only rises: it cannot take -1; use a gauge"):
        metrics.counter("hits").inc(-1)


@pytest.mark.parametrize("name", ["", "a b", "1a", "a-b", "a.b", "ä"])
def test_a_name_that_prometheus_does_not_take_is_refused(metrics, name):
    with pytest.raises(ValueError, match="is no name of a metric"):
        metrics.counter(name)


@pytest.mark.parametrize("label", ["", "a-b", "__x", "amount", "value", "self", "le", "plugin_instance"])
def test_a_label_that_could_not_be_given_is_refused(metrics, label):
    with pytest.raises(ValueError, match="is no name of a label"):
        metrics.histogram("size", labels=[label])


def test_labels_are_a_list_of_different_names(metrics):
    with pytest.raises(ValueError, match=r"write \['route'\]"):
        metrics.counter("hits", labels="route")
    with pytest.raises(ValueError, match="stands twice"):
        metrics.counter("hits", labels=["a", "a"])


def test_managers_have_registries_of_their_own_and_the_global_one_stays_empty(metrics, instruments):
    metrics.counter("hits").inc()
    other = Instruments()
    PluginMetrics("rate-limit", other).counter("hits").inc(5)
    assert value(instruments, "hits_total") == 1
    assert b"routeiq" not in generate_latest(REGISTRY)


def test_threads_that_ask_at_once_get_one_instrument(metrics):
    found = []
    barrier = threading.Barrier(8)

    def ask():
        barrier.wait()
        found.append(metrics.counter("hits"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


def test_the_library_is_loaded_with_the_first_instrument():
    code = (
        "import sys; from routeiq.core.metrics import Instruments, PluginMetrics;"
        "metrics = PluginMetrics('a', Instruments()); assert 'prometheus_client' not in sys.modules;"
        "metrics.counter('x'); assert 'prometheus_client' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
