"""OpenTelemetry for tests: providers that keep what they are told, and a collector that takes OTLP over HTTP.

Needs `routeiq[otel]`; nothing of it is loaded before it is made.
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Told:
    """A span as it was told; ids in hexadecimal, `parent` empty without one."""

    name: str
    kind: str
    trace: str
    id: str
    parent: str
    attributes: Mapping[str, Any]
    events: Sequence[tuple[str, Mapping[str, Any]]]
    status: str
    seconds: float
    resource: Mapping[str, Any] = field(default_factory=dict)
    scope: str = ""

    def event(self, name: str) -> Mapping[str, Any]:
        """Return the attributes of its one event of a name."""
        (found,) = [attributes for event, attributes in self.events if event == name]
        return found


class Recorded:
    """Providers of the SDK that keep spans and metrics in memory.

    Attributes:
        started: How many spans began.
    """

    def __init__(self, sampler: Any = None) -> None:
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import InMemoryMetricReader
        from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

        self.started = 0
        self._ended: list[Any] = []
        recorded = self

        class Processor(SpanProcessor):
            def on_start(self, span: Any, parent_context: Any = None) -> None:
                recorded.started += 1

            def on_end(self, span: Any) -> None:
                recorded._ended.append(span)

        self.tracer = TracerProvider(sampler=sampler, shutdown_on_exit=False)
        self.tracer.add_span_processor(Processor())
        self._reader = InMemoryMetricReader()
        self.meter = MeterProvider([self._reader], shutdown_on_exit=False)

    @property
    def spans(self) -> list[Told]:
        """All spans that ended, in that order."""
        return [_told(span) for span in self._ended]

    def span(self, name: str) -> Told:
        """Return the one span of a name."""
        (found,) = [span for span in self.spans if span.name == name]
        return found

    def metrics(self) -> dict[str, list[Any]]:
        """Return the data points of each metric."""
        data = self._reader.get_metrics_data()
        scopes = [scope for resource in (data.resource_metrics if data else ()) for scope in resource.scope_metrics]
        return {metric.name: list(metric.data.data_points) for scope in scopes for metric in scope.metrics}


def _told(span: Any) -> Told:
    return Told(
        span.name,
        span.kind.name,
        f"{span.context.trace_id:032x}",
        f"{span.context.span_id:016x}",
        "" if span.parent is None else f"{span.parent.span_id:016x}",
        dict(span.attributes),
        [(event.name, dict(event.attributes)) for event in span.events],
        span.status.status_code.name,
        (span.end_time - span.start_time) / 1e9,
        dict(span.resource.attributes),
        span.instrumentation_scope.name,
    )


class Collector:
    """A collector on a loopback port.

    Attributes:
        url: What exporters are told as their endpoint.
        status: With which it answers.
        gate: Requests wait until it is set; it is, at first.
        headers: Of the requests so far.
    """

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.gate = threading.Event()
        self.gate.set()
        self.headers: list[Mapping[str, str]] = []
        self._bodies: list[tuple[str, bytes]] = []

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """Take a request; return the status of its answer."""
        self.gate.wait(30)
        body = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
        self.headers.append(headers)
        if self.status == 200:
            self._bodies.append((path, body))
        return self.status

    @property
    def spans(self) -> list[Told]:
        """All spans that arrived."""
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        return [
            _received(span, scope.scope.name, _attributes(resource.resource.attributes))
            for path, body in list(self._bodies)
            if path == "/v1/traces"
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def span(self, name: str) -> Told:
        """Return the one span of a name."""
        (found,) = [span for span in self.spans if span.name == name]
        return found

    @property
    def metrics(self) -> dict[str, list[Mapping[str, Any]]]:
        """The attributes of the data points of each metric that arrived."""
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

        found: dict[str, list[Mapping[str, Any]]] = {}
        for path, body in list(self._bodies):
            if path != "/v1/metrics":
                continue
            for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                for scope in resource.scope_metrics:
                    for metric in scope.metrics:
                        points = getattr(metric, metric.WhichOneof("data")).data_points
                        found.setdefault(metric.name, []).extend(_attributes(point.attributes) for point in points)
        return found


def _received(span: Any, scope: str, resource: Mapping[str, Any]) -> Told:
    return Told(
        span.name,
        ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT")[span.kind],
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        _attributes(span.attributes),
        [(event.name, _attributes(event.attributes)) for event in span.events],
        ("UNSET", "OK", "ERROR")[span.status.code],
        (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
        resource,
        scope,
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    found = getattr(value, kind)
    return tuple(_value(one) for one in found.values) if kind == "array_value" else found


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(collector.take(self.path, headers, body))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    collector.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        collector.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()
