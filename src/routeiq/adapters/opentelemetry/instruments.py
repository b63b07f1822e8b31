"""The metrics: histograms of requests and calls, and what the manager counts of hooks anyway.

Hooks' figures are read when they are exported, so that they cost no call anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from opentelemetry.context import Context
from opentelemetry.metrics import CallbackOptions, Histogram, Meter, NoOpMeter, Observation
from routeiq_plugin_sdk import Usage

from routeiq.core.remote_calls import LogicalRemoteCall

from . import names, remote
from .names import Attributes

Statistics = Callable[[], Iterable[dict[str, Any]]]

MODELS: Final = 1000
"""Names of models that make series of their own: under a wildcard clients choose them."""
OTHER: Final = "_OTHER"


class Instruments:
    """The instruments of one tracer.

    Attributes:
        wanted: Whether anything may come of them: not where the meter is the one that does nothing.
    """

    def __init__(self, meter: Meter) -> None:
        self.wanted = not isinstance(meter, NoOpMeter)
        self._http = _histogram(meter, names.HTTP_DURATION)
        self._tokens = _histogram(meter, names.TOKEN_USAGE)
        self._call = _histogram(meter, names.CALL_DURATION)
        self._first_chunk = _histogram(meter, names.FIRST_CHUNK)
        self._server = _histogram(meter, names.SERVER_DURATION)
        self._first_token = _histogram(meter, names.SERVER_FIRST_TOKEN)
        self._mcp_client = _histogram(meter, names.MCP_CLIENT_DURATION)
        self._mcp_server = _histogram(meter, names.MCP_SERVER_DURATION)
        self._agent = _histogram(meter, names.AGENT_DURATION)
        self._models: set[str] = set()
        self._tools: set[tuple[str, str]] = set()

    def request(self, seconds: float, attributes: Attributes, context: Context) -> None:
        """Count a request; the context is its span's, for exemplars."""
        self._http.record(seconds, attributes, context)

    def call(self, seconds: float, first_chunk: float | None, attributes: Attributes, context: Context) -> None:
        """Count a call; `first_chunk` in seconds from its begin, None for one that is not streamed."""
        self._call.record(seconds, attributes, context)
        if first_chunk is not None:
            self._first_chunk.record(first_chunk, attributes, context)

    def remote(self, logical: LogicalRemoteCall, error: BaseException | None, context: Context) -> None:
        """Count a call of a tool or an agent.

        The names of tools are clients' words: those count by name of which a call has succeeded, so many at most.
        """
        key = logical.call.target, logical.name
        if error is None and not logical.is_error and len(self._tools) < MODELS:
            self._tools.add(key)
        attributes = remote.measured(logical, error, known=key in self._tools)
        if logical.call.kind == "agent":
            self._agent.record(logical.seconds, attributes, context)
            return
        self._mcp_server.record(logical.seconds, attributes, context)
        if logical.sent and logical.answered:
            self._mcp_client.record((logical.answered - logical.sent) / 1e9, attributes, context)

    def usage(self, usage: Usage, attributes: Attributes, context: Context) -> None:
        """Count tokens that the upstream told of: those that were only estimated are not."""
        if usage.estimated:
            return
        for kind, tokens in (("input", usage.prompt_tokens), ("output", usage.completion_tokens)):
            if tokens:
                self._tokens.record(tokens, {**attributes, names.TOKEN_TYPE: kind}, context)

    def served(self, seconds: float, first_token: float | None, attributes: Attributes, context: Context) -> None:
        """Count a request that held a call, as the gateway's client sees it; in seconds from its arrival."""
        self._server.record(seconds, attributes, context)
        if first_token is not None:
            self._first_token.record(first_token, attributes, context)

    def bounded(self, attributes: Attributes) -> Attributes:
        """Return a call's attributes, its model among the first thousand, or `_OTHER`."""
        model = attributes.get(names.REQUEST_MODEL)
        if isinstance(model, str) and model not in self._models:
            if len(self._models) >= MODELS:
                return {**attributes, names.REQUEST_MODEL: OTHER}
            self._models.add(model)
        return attributes


def observe_hooks(meter: Meter, statistics: Statistics) -> None:
    """Have what a manager counts of hooks observed: `statistics` is its method of that name."""

    def observed(value: Callable[[dict[str, Any]], float]) -> Callable[[CallbackOptions], Iterator[Observation]]:
        def callback(options: CallbackOptions) -> Iterator[Observation]:
            for entry in statistics():
                if entry["calls"]:
                    yield Observation(value(entry), {names.PLUGIN: entry["plugin"], names.PHASE: entry["hook"]})

        return callback

    for metric, value in (
        (names.HOOK_CALLS_METRIC, lambda entry: entry["calls"]),
        (names.HOOK_ERRORS_METRIC, lambda entry: entry["errors"]),
        (names.HOOK_SAMPLES_METRIC, lambda entry: entry["sampled"]),
        (names.HOOK_DURATION_METRIC, lambda entry: entry["sampled"] * entry["latency_mean"]),
    ):
        meter.create_observable_counter(metric.name, [observed(value)], metric.unit, metric.meaning)


def _histogram(meter: Meter, metric: names.Metric) -> Histogram:
    return meter.create_histogram(
        metric.name, metric.unit, metric.meaning, explicit_bucket_boundaries_advisory=metric.buckets
    )
