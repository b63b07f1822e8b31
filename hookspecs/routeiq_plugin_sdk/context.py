"""What a plugin is given: `PluginContext`, as protocols that every host implements."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .events import Events, Timer, TimerFunction
from .http_client import HTTPClient
from .llm_client import LLMClient
from .storage import Storage


class Logger(Protocol):
    """A structured logger, the plugin's name and the request's id bound: `logger.info("cache hit", key=key)`."""

    def debug(self, event: str, **fields: Any) -> Any: ...
    def info(self, event: str, **fields: Any) -> Any: ...
    def warning(self, event: str, **fields: Any) -> Any: ...
    def error(self, event: str, **fields: Any) -> Any: ...
    def exception(self, event: str, **fields: Any) -> Any: ...


class Counter(Protocol):
    """A number that only rises."""

    def inc(self, amount: float = 1, **labels: str) -> None:
        """Add `amount`, which is not negative; `labels` are those that the counter was made with."""


class Gauge(Protocol):
    """A number that rises and falls."""

    def set(self, value: float, **labels: str) -> None: ...
    def inc(self, amount: float = 1, **labels: str) -> None: ...
    def dec(self, amount: float = 1, **labels: str) -> None: ...


class Histogram(Protocol):
    """A distribution of values."""

    def observe(self, value: float, **labels: str) -> None: ...


class Metrics(Protocol):
    """Makes the plugin's instruments, prefixed `routeiq_plugin_<name>_`; asked for again, a name gives the same one."""

    def counter(self, name: str, description: str = "", labels: Sequence[str] = ()) -> Counter: ...
    def gauge(self, name: str, description: str = "", labels: Sequence[str] = ()) -> Gauge: ...
    def histogram(
        self, name: str, description: str = "", labels: Sequence[str] = (), buckets: Sequence[float] | None = None
    ) -> Histogram: ...


class Shared(MutableMapping[str, Any]):
    """State of this process that outlives a request: the plugin's own namespace, and a view of all others."""

    @abstractmethod
    def of(self, plugin: str) -> Mapping[str, Any]:
        """Return a read-only view of another plugin's namespace; empty while it has none."""


@dataclass(frozen=True, slots=True)
class Node:
    """The process that runs the plugin: `id` is unique and made at start, `worker` counts from 0."""

    id: str
    version: str
    worker: int = 0


class Settings(Protocol):
    """Read-only settings: those of the gateway, and the environment variables that are the plugin's own."""

    @property
    def gateway(self) -> Mapping[str, Any]:
        """The gateway's settings, secrets masked."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables `ROUTEIQ_PLUGIN_<NAME>_*` of this plugin, that prefix cut off."""


class PluginContext(Protocol):
    """What every hook may take as `context`. An immutable snapshot, chosen together with the request's plans.

    Attributes:
        config: An instance of the metadata's `config_schema`, validated; None for a plugin without one.
        plugin: The plugin's name, or that of its instance: `rate-limit#free`. A good key in `request.shared`.
    """

    @property
    def plugin(self) -> str: ...
    @property
    def config(self) -> Any: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def logger(self) -> Logger: ...
    @property
    def metrics(self) -> Metrics: ...
    @property
    def shared(self) -> Shared: ...
    @property
    def storage(self) -> Storage: ...
    @property
    def events(self) -> Events: ...
    @property
    def node(self) -> Node: ...
    @property
    def http(self) -> HTTPClient:
        """An HTTP client that goes only where the operator lets plugins go; made at the first use."""

    @property
    def llm(self) -> LLMClient:
        """Calls the host's models; each of its calls raises LLMUnavailable where the host has none."""

    async def validate_outbound_url(self, url: str) -> None:
        """Check whether `http` would go to a URL now: its spelling, its host, and all addresses that its name has.

        Let `http` make the request all the same: between this check and another client's connection the name may
        get another address.

        Raises:
            OutboundRefused: It would not; the reason says why.
            OutboundError: The name has no address.
        """

    def every(self, seconds: float, function: TimerFunction, *, leader: bool = False) -> Timer:
        """Have a function called every so many seconds, from the end of `startup` until the plugin stops.

        The first call comes after `seconds`. Calls never overlap: where one takes longer, those that it covers are left
        out, and the others keep their times.

        Args:
            seconds: From the beginning of one call to that of the next.
            function: Takes nothing, or `context`: the plugin's latest one.
            leader: Whether one process calls it for all that share the gateway's state (its workers and replicas): when
                that one is gone another takes over. Without state that is shared each process calls it.

        Raises:
            ValueError: if `seconds` is no number above 0.
        """
