"""prometheus_client's registries as families: plugins' own instruments, and the figures of the process."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from .families import Family, Kind

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric
    from prometheus_client.registry import Collector, CollectorRegistry

logger = logging.getLogger(__name__)

TOGETHER: Final = {
    "process_start_time_seconds": "min",
    "process_max_fds": "min",
    "python_info": "max",
}  # what several processes' gauges make; the sum of all others


def families_of(registry: Collector) -> list[Family]:
    """Return what a registry collects. A collector that fails is logged, and what it did not say left out."""
    found: list[Family] = []
    try:
        for metric in registry.collect():
            found += _families(metric)
    except Exception:
        logger.exception("a collector of metrics failed; what it did not say is missing")
    return found


def process_registry() -> CollectorRegistry:
    """Return a registry of this process's own figures: CPU, memory, descriptors, garbage collection."""
    from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    return registry


def _families(metric: Metric) -> Iterable[Family]:
    if metric.type == "histogram":
        yield _histogram(metric)
    elif metric.type == "counter":
        yield _plain(metric.name, "counter", metric, f"{metric.name}_total")
    else:
        # Each sample of a kind that is not ours stands for itself: `_info`, the `_sum` of a summary.
        for name in dict.fromkeys(sample.name for sample in metric.samples if not sample.name.endswith("_created")):
            yield _plain(name, "gauge", metric, name)


def _plain(name: str, kind: Kind, metric: Metric, sample_name: str) -> Family:
    samples = [sample for sample in metric.samples if sample.name == sample_name]
    labels = tuple(dict.fromkeys(label for sample in samples for label in sample.labels))
    together: Any = TOGETHER.get(name, "sum")
    family = Family(name, kind, metric.documentation, labels, together=together)
    for sample in samples:
        family.add(tuple(sample.labels.get(label, "") for label in labels), sample.value)
    return family


def _histogram(metric: Metric) -> Family:
    buckets = [sample for sample in metric.samples if sample.name == f"{metric.name}_bucket"]
    labels = tuple(dict.fromkeys(label for sample in buckets for label in sample.labels if label != "le"))
    bounds = sorted({float(sample.labels["le"]) for sample in buckets} - {float("inf")})
    family = Family(metric.name, "histogram", metric.documentation, labels, tuple(bounds))
    below: dict[tuple[str, ...], dict[float, float]] = {}
    for sample in buckets:
        series = tuple(sample.labels.get(label, "") for label in labels)
        below.setdefault(series, {})[float(sample.labels["le"])] = sample.value
    sums = {
        tuple(sample.labels.get(label, "") for label in labels): sample.value
        for sample in metric.samples
        if sample.name == f"{metric.name}_sum"
    }
    for series, counts in below.items():
        family.series[series] = [sums.get(series, 0.0), *_apart([counts[bound] for bound in sorted(counts)])]
    return family


def _apart(below: Sequence[float]) -> list[int]:
    """Return how much fell into each bucket, from how much fell below each bound."""
    return [int(count - before) for before, count in zip([0.0, *below], below, strict=False)]
