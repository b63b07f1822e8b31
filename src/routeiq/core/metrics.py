"""The plugins' own instruments: prometheus_client's, in a registry of the manager's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


class Instruments:
    """All instruments of a manager. The library is imported when the first one is made."""

    def __init__(self) -> None:
        self._registry: CollectorRegistry | None = None
        self._made: dict[str, tuple[tuple[Any, ...], _Instrument]] = {}

    @property
    def registry(self) -> CollectorRegistry:
        """The registry that the instruments live in."""
        if self._registry is None:
            from prometheus_client import CollectorRegistry

            self._registry = CollectorRegistry()
        return self._registry

    def instrument(self, kind: str, name: str, description: str, labels: Sequence[str], **options: Any) -> _Instrument:
        """Return the instrument of that name, made on first use.

        Raises:
            ValueError: if there is one of another kind or with other labels, or the name is none.
        """
        form = (kind, tuple(labels), tuple(sorted(options.items())))
        if name in self._made:
            made_form, made = self._made[name]
            if made_form != form:
                raise ValueError(
                    f"metric {name!r} exists as a {made_form[0]} with labels {list(made_form[1])}:"
                    f" it cannot be a {kind} with labels {list(labels)} too"
                )
            return made
        import prometheus_client

        factory: Callable[..., Any] = getattr(prometheus_client, kind.capitalize())
        made = _Instrument(name, factory(name, description or name, tuple(labels), registry=self.registry, **options), tuple(labels))
        self._made[name] = form, made
        return made


class _Instrument:
    """A counter, gauge or histogram that takes its labels by keyword at each call."""

    __slots__ = ("_labels", "_metric", "_name")

    def __init__(self, name: str, metric: Any, labels: tuple[str, ...]) -> None:
        self._name, self._metric, self._labels = name, metric, labels

    def inc(self, amount: float = 1, **labels: str) -> None:
        """Add to it."""
        self._child(labels).inc(amount)

    def dec(self, amount: float = 1, **labels: str) -> None:
        """Take from a gauge."""
        self._child(labels).dec(amount)

    def set(self, value: float, **labels: str) -> None:
        """Set a gauge."""
        self._child(labels).set(value)

    def observe(self, value: float, **labels: str) -> None:
        """Add a value to a histogram."""
        self._child(labels).observe(value)

    def _child(self, labels: dict[str, str]) -> Any:
        if labels.keys() != set(self._labels):
            raise ValueError(f"metric {self._name!r} has the labels {sorted(self._labels)}, not {sorted(labels)}")
        return self._metric.labels(**labels) if labels else self._metric


class PluginMetrics:
    """Makes one plugin's instruments; their names begin with `routeiq_plugin_<name>_`."""

    __slots__ = ("_instruments", "_prefix")

    def __init__(self, plugin: str, instruments: Instruments) -> None:
        self._instruments = instruments
        self._prefix = f"routeiq_plugin_{plugin.replace('-', '_')}_"

    def counter(self, name: str, description: str = "", labels: Sequence[str] = ()) -> _Instrument:
        """Return a number that only rises."""
        return self._instruments.instrument("counter", self._prefix + name, description, labels)

    def gauge(self, name: str, description: str = "", labels: Sequence[str] = ()) -> _Instrument:
        """Return a number that rises and falls."""
        return self._instruments.instrument("gauge", self._prefix + name, description, labels)

    def histogram(
        self, name: str, description: str = "", labels: Sequence[str] = (), buckets: Sequence[float] | None = None
    ) -> _Instrument:
        """Return a distribution; `buckets` are upper bounds, by default those of prometheus_client."""
        options = {"buckets": tuple(buckets)} if buckets is not None else {}
        return self._instruments.instrument("histogram", self._prefix + name, description, labels, **options)
