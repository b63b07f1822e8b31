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
from .instruments import KINDS, Instrument, label_words

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

Kind = Literal["counter", "gauge", "histogram"]

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
INSTANCE: Final = "plugin_instance"
"""The label that says which named instance a series is of. Not `instance`, which Prometheus sets when it scrapes."""

MOST_INSTRUMENTS: Final = 500
"""How many instruments a plugin may have: a name with a client's id in it is a mistake."""

# A label of these names could not be handed over: they are the methods' own arguments, Prometheus's, or ours.
_TAKEN: Final = frozenset({"self", "amount", "value", "le", INSTANCE})


@dataclass(frozen=True, slots=True)
class _Made:
    """An instrument that was made, and all that must agree when it is asked for again."""

    kind: Kind
    labels: tuple[str, ...]
    buckets: tuple[float, ...] | None
    metric: Any
    instrument: Instrument


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

    def __init__(self, max_series: int = 1000) -> None:
        """Make none yet.

        Args:
            max_series: How many series one instrument has at most, beside the one of what is too much.
        """
        self._max_series = max_series
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

    def folded(self) -> Mapping[tuple[str, str], int]:
        """Return how often instruments had more label values than they may have series, by plugin and metric."""
        return {
            (family.plugin, name): sum(made.instrument.folded for made in list(family.made.values()))
            for name, family in list(self._families.items())
        }

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
                self._check_number(plugin, full_name)
                made = _create(kind, full_name, description, *wanted, self._max_series)
                family.made[instance_part(plugin)] = made
                if full_name not in self._families:
                    self._register(family, made, full_name)
            made = made or next(iter(family.made.values()))
        if (made.kind, made.labels, made.buckets) != (kind, *wanted):
            raise ValueError(
                f"{full_name} was made before as {_in_words(made.kind, made.labels, made.buckets)}, and is now wanted"
                f" as {_in_words(kind, *wanted)}: use one definition, or another name"
            )
        return made.instrument

    def _check_number(self, plugin: str, full_name: str) -> None:
        if sum(family.plugin == plugin_of(plugin) for family in self._families.values()) >= MOST_INSTRUMENTS:
            raise ValueError(
                f"{full_name} would be one more than the {MOST_INSTRUMENTS} instruments that a plugin may have: use"
                " labels for what varies"
            )

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


def _create(
    kind: Kind,
    full_name: str,
    description: str,
    labels: tuple[str, ...],
    buckets: tuple[float, ...] | None,
    max_series: int,
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
    instrument = KINDS[kind](full_name, labels, metric, max_series)
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
    return f"a {kind} with {label_words(labels)}{told}"
