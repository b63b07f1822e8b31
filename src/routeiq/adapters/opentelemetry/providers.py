"""OpenTelemetry's SDK as the gateway runs it: providers of its own, handed on and never set globally.

Spans and metrics leave in batches from threads of the SDK's. A collector that is slow, or gone, costs spans: the queue
drops the oldest once it is full, and requests never wait. Samplers, limits, queues and headers are what the standard
variables (`OTEL_*`) say.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Mapping
from typing import Any, Final

from opentelemetry.metrics import MeterProvider, NoOpMeterProvider
from opentelemetry.sdk import metrics, trace
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.trace import NoOpTracerProvider, TracerProvider

from .complaints import Complaints, SelectedComplaints
from .exporters import DEFAULT_PROTOCOL, OVER_HTTP, found

logger = logging.getLogger(__name__)

FLUSH: Final = 5.0
"""Seconds that the last batches get to leave at the end."""
# Who complains if a batch cannot be sent, beside the exporters' own modules.
_COMPLAINERS: Final = (
    "opentelemetry.sdk._shared_internal", "opentelemetry.sdk.metrics._internal.export",
    "opentelemetry.sdk.trace.export",
)  # fmt: skip


class Providers:
    """A tracer provider and a meter provider, and their end."""

    def __init__(
        self,
        environ: Mapping[str, str],
        endpoint: str | None = None,
        sample: float | None = None,
    ) -> None:
        """Find what is asked for; nothing runs before `open`.

        Args:
            environ: What says which exporters are wanted. The SDK reads its further variables itself.
            endpoint: The collector's base URL for OTLP over HTTP; None: what the variables say.
            sample: The share of traces that begin here and are kept; None: what `OTEL_TRACES_SAMPLER` says, or all.

        Raises:
            ExporterMissing: if an exporter is not installed.
        """
        self._endpoint = endpoint
        self._sample = sample
        protocol = None if endpoint is None else DEFAULT_PROTOCOL
        self._span_exporters = found(environ, "traces", protocol)
        self._metric_exporters = found(environ, "metrics", protocol)
        self._complaints = SelectedComplaints(Complaints())
        self._loggers: list[logging.Logger] = []
        self._running: list[Any] = []
        self.tracer: TracerProvider = NoOpTracerProvider()
        self.meter: MeterProvider = NoOpMeterProvider()

    def open(self, identity: Mapping[str, str | int]) -> None:
        """Make the providers, with their threads. Without an exporter of its signal a provider does nothing.

        Args:
            identity: Who speaks: attributes that `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` may replace.
        """
        said = OTELResourceDetector().detect().attributes
        resource = Resource.create({SERVICE_NAME: "routeiq", **identity, **said})
        self._listen(*_COMPLAINERS)
        if self._span_exporters:
            tracer = trace.TracerProvider(self._sampler(), resource, shutdown_on_exit=False)
            for name, exporter in self._span_exporters:
                tracer.add_span_processor(BatchSpanProcessor(self._made(name, exporter, "traces")))
            self.tracer = tracer
            self._running.append(tracer)
        if self._metric_exporters:
            readers = [self._reader(name, exporter) for name, exporter in self._metric_exporters]
            meter = metrics.MeterProvider(readers, resource, shutdown_on_exit=False)
            self.meter = meter
            self._running.append(meter)

    async def close(self, timeout: float = FLUSH) -> None:
        """Send what is left and end the threads; what takes longer than `timeout` seconds is lost."""
        running, self._running = self._running, []
        self.tracer, self.meter = NoOpTracerProvider(), NoOpMeterProvider()
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def end() -> None:
            for provider in running:
                try:
                    provider.shutdown()
                except Exception as error:  # noqa: BLE001 - an exporter's, which is foreign
                    logger.warning("telemetry did not end well: %s", error)
            with contextlib.suppress(RuntimeError):  # nobody waits any more, and the loop is gone
                loop.call_soon_threadsafe(done.set)

        # A thread that nothing waits for: one that hangs must not keep the process.
        threading.Thread(target=end, name="routeiq-telemetry-end", daemon=True).start()
        try:
            async with asyncio.timeout(timeout):
                await done.wait()
        except TimeoutError:
            logger.warning("the last telemetry could not be sent within %g seconds", timeout)
        for one in self._loggers:
            one.removeFilter(self._complaints)
        self._loggers.clear()

    def _sampler(self) -> Sampler | None:
        return None if self._sample is None else ParentBased(TraceIdRatioBased(self._sample))

    def _reader(self, name: str, exporter: Any) -> MetricReader:
        made = self._made(name, exporter, "metrics")
        return made if isinstance(made, MetricReader) else PeriodicExportingMetricReader(made)

    def _made(self, name: str, exporter: Any, signal: str) -> Any:
        self._listen(exporter.__module__)
        if name == OVER_HTTP and self._endpoint is not None:
            return exporter(endpoint=f"{self._endpoint.rstrip('/')}/v1/{signal}")
        return exporter()

    def _listen(self, *names: str) -> None:
        for name in names:
            one = logging.getLogger(name)
            one.addFilter(self._complaints)
            self._loggers.append(one)
