"""The plugins' instruments, in a Prometheus registry of the manager's own.

prometheus_client keeps a global registry; two managers, or two tests, would meet in it. So none of it is used here.
The library is loaded when the first instrument is made.

Named instances of a plugin have instruments of their own that are shown as one metric, told apart by a label.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from routeiq_plugin_sdk import Counter, Gauge, Histogram

from .instances import instance_part, plugin_of

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

Kind = Literal["counter", "gauge", "histogram"]

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
INSTANCE: Final = "plugin_instance"
"""The label that says which named instance a series is of. Not `instance`, which Prometheus sets when it scrapes."""

# A label of these names could not be handed over: they are the methods' own arguments, Prometheus's, or ours.
_TAKEN: Final = frozenset({"self", "amount", "value", "le", INSTANCE})


@dataclass(frozen=True, slots=True)
class _Made:
    """An instrument that was made, and all that must agree when it is asked for again."""

    kind: Kind
    labels: tuple[str, ...]
    buckets: tuple[float, ...] | None
    metric: Any
    instrument: Any


class _Family:
    """One metric of a plugin, and all of its instances' instruments of that name: Prometheus shows a name once."""

    def __init__(self, kind: Kind, plugin: str) -> None:
        self.kind = kind
        self.plugin = plugin
        self.made: dict[str, _Made] = {}  # by the part of an instance's name

    def describe(self) -> list[Metric]:
        """Return the metric without its series."""
        described: list[Metric] = next(iter(self.made.values())).metric.describe()
        return described

    def collect(self) -> Iterator[Metric]:
        """Yield the metric with the series of all instances."""
        whole = None
        for instance, made in list(self.made.items()):
            for metric in made.metric.collect():
                if instance:
                    told = {INSTANCE: instance}
                    metric.samples = [one._replace(labels={**one.labels, **told}) for one in metric.samples]
                if whole is None:
                    whole = metric
                else:
                    whole.samples.extend(metric.samples)
        if whole is not None:
            yield whole


class Instruments:
    """All instruments of a manager; `registry` is what `/metrics` shows."""

    def __init__(self) -> None:
        self._registry: CollectorRegistry | None = None
        self._families: dict[str, _Family] = {}
        self._lock = threading.Lock()  # offloaded hooks make instruments in their threads

    @property
    def registry(self) -> CollectorRegistry:
        """The Prometheus registry, made at the first time it is asked for."""
        if self._registry is None:
            from prometheus_client import CollectorRegistry

            self._registry = CollectorRegistry()
        return self._registry

    def make(
        self,
        kind: Kind,
        plugin: str,
        name: str,
        description: str,
        labels: Sequence[str],
        buckets: Sequence[float] | None = None,
    ) -> Any:
        """Return the instrument of a plugin, or of a named instance, made if it has none of that name yet.

        Raises:
            ValueError: if the name or a label is not one of Prometheus's, or the name is taken by another instrument.
        """
        full_name = _full_name(kind, plugin, name)
        wanted = _labels(full_name, labels), None if buckets is None else tuple(buckets)
        with self._lock:
            family = self._families.get(full_name) or _Family(kind, plugin_of(plugin))
            made = family.made.get(instance_part(plugin))
            if family.plugin != plugin_of(plugin):
                raise ValueError(f"{full_name} is an instrument of the plugin {family.plugin!r}: choose another name")
            if made is None and family.kind == kind:
                made = family.made[instance_part(plugin)] = _create(kind, full_name, description, *wanted)
                if full_name not in self._families:
                    self._register(family, made, full_name)
            made = made or next(iter(family.made.values()))
        if (made.kind, made.labels, made.buckets) != (kind, *wanted):
            raise ValueError(
                f"{full_name} was made before as {_in_words(made.kind, made.labels, made.buckets)}, and is now wanted"
                f" as {_in_words(kind, *wanted)}: use one definition, or another name"
            )
        return made.instrument

    def _register(self, family: _Family, made: _Made, full_name: str) -> None:
        try:
            self.registry.register(family)
        except ValueError as error:
            raise _impossible(full_name, made.kind, made.labels, made.buckets, error) from None
        self._families[full_name] = family


class PluginMetrics:
    """The SDK's `Metrics`: makes the instruments of one plugin or instance, prefixed `routeiq_plugin_<name>_`."""

    __slots__ = ("_instruments", "_plugin")

    def __init__(self, plugin: str, instruments: Instruments) -> None:
        self._plugin = plugin
        self._instruments = instruments

    def counter(self, name: str, description: str = "", labels: Sequence[str] = ()) -> Counter:
        """Return the counter of this name. Prometheus shows it with `_total` at its end."""
        found: Counter = self._instruments.make("counter", self._plugin, name, description, labels)
        return found

    def gauge(self, name: str, description: str = "", labels: Sequence[str] = ()) -> Gauge:
        """Return the gauge of this name."""
        found: Gauge = self._instruments.make("gauge", self._plugin, name, description, labels)
        return found

    def histogram(
        self, name: str, description: str = "", labels: Sequence[str] = (), buckets: Sequence[float] | None = None
    ) -> Histogram:
        """Return the histogram of this name; None takes Prometheus's buckets, made for seconds from 0.005 to 10."""
        found: Histogram = self._instruments.make("histogram", self._plugin, name, description, labels, buckets)
        return found


class _Instrument:
    """A metric, and its series by the labels' values."""

    __slots__ = ("_labels", "_metric", "_name", "_series")

    def __init__(self, name: str, labels: tuple[str, ...], metric: Any) -> None:
        self._name = name
        self._labels = labels
        self._metric = metric
        self._series: dict[tuple[str, ...], Any] = {} if labels else {(): metric}

    def _of(self, labels: Mapping[str, str]) -> Any:
        try:
            values = tuple([labels[name] for name in self._labels])
            return self._series[values] if len(values) == len(labels) else self._new(labels)
        except KeyError:
            return self._new(labels)

    def _new(self, labels: Mapping[str, str]) -> Any:
        if labels.keys() != set(self._labels):
            given = _label_words(sorted(labels))
            raise ValueError(f"{self._name} takes {_label_words(self._labels)}, and was given {given}")
        values = tuple(labels[name] for name in self._labels)
        series = self._series[values] = self._metric.labels(*values)
        return series


class _Counter(_Instrument):
    __slots__ = ()

    def inc(self, amount: float = 1, **labels: str) -> None:
        if amount < 0:
            raise ValueError(f"{self._name} is a counter, which only rises: it cannot take {amount!r}; use a gauge")
        self._of(labels).inc(amount)


class _Gauge(_Instrument):
    __slots__ = ()

    def set(self, value: float, **labels: str) -> None:
        self._of(labels).set(value)

    def inc(self, amount: float = 1, **labels: str) -> None:
        self._of(labels).inc(amount)

    def dec(self, amount: float = 1, **labels: str) -> None:
        self._of(labels).dec(amount)


class _Histogram(_Instrument):
    __slots__ = ()

    def observe(self, value: float, **labels: str) -> None:
        self._of(labels).observe(value)


def _create(
    kind: Kind, full_name: str, description: str, labels: tuple[str, ...], buckets: tuple[float, ...] | None
) -> _Made:
    import prometheus_client

    # Not registered by itself: its family is.
    options: dict[str, Any] = {"labelnames": labels, "registry": None}
    if buckets is not None:
        options["buckets"] = buckets
    library = {
        "counter": prometheus_client.Counter,
        "gauge": prometheus_client.Gauge,
        "histogram": prometheus_client.Histogram,
    }
    try:
        metric = library[kind](full_name, description or full_name.replace("_", " "), **options)
    except ValueError as error:
        raise _impossible(full_name, kind, labels, buckets, error) from None
    instrument = {"counter": _Counter, "gauge": _Gauge, "histogram": _Histogram}[kind](full_name, labels, metric)
    return _Made(kind, labels, buckets, metric, instrument)


def _impossible(
    full_name: str, kind: Kind, labels: Sequence[str], buckets: Sequence[float] | None, error: ValueError
) -> ValueError:
    return ValueError(f"{full_name} cannot be made as {_in_words(kind, labels, buckets)}: {error}")


def _full_name(kind: Kind, plugin: str, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"plugin {plugin!r}: {name!r} is no name of a metric: use letters, digits and '_'")
    if kind == "counter":
        name = name.removesuffix("_total")  # Prometheus adds it: `hits` and `hits_total` are one counter
    return f"routeiq_plugin_{plugin_of(plugin).replace('-', '_')}_{name}"


def _labels(full_name: str, labels: Sequence[str]) -> tuple[str, ...]:
    if isinstance(labels, str):
        raise ValueError(f"{full_name}: labels is a list of names; write [{labels!r}]")
    for label in labels:
        if not _NAME.fullmatch(label) or label.startswith("__") or label in _TAKEN:
            taken = f", and not {', '.join(sorted(_TAKEN))}" if label in _TAKEN else ""
            raise ValueError(f"{full_name}: {label!r} is no name of a label: use letters, digits and '_'{taken}")
    if len(set(labels)) != len(labels):
        raise ValueError(f"{full_name}: a label stands twice in {list(labels)}")
    return tuple(labels)


def _in_words(kind: Kind, labels: Sequence[str], buckets: Sequence[float] | None) -> str:
    told = f" and the buckets {list(buckets)}" if buckets is not None else ""
    return f"a {kind} with {_label_words(labels)}{told}"


def _label_words(labels: Sequence[str]) -> str:
    return f"the labels {', '.join(labels)}" if labels else "no labels"
