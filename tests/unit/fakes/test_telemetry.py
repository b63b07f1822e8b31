"""The collector that tests export to."""

import pytest
from tests.fakes.telemetry import Recorded, collecting

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="needs routeiq[otel]")


def export(collector, spans, compression=None):
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    exporter = OTLPSpanExporter(f"{collector.url}/v1/traces", compression=compression)
    try:
        return exporter.export(spans).name
    finally:
        exporter.shutdown()


@pytest.fixture
def span():
    recorded = Recorded()
    with recorded.tracer.get_tracer("t").start_as_current_span("s", attributes={"a": (1, 2), "b": "x"}) as one:
        one.add_event("e", {"c": True})
    return recorded, one


@pytest.mark.parametrize("compressed", [False, True])
def test_a_span_arrives_as_it_was(span, compressed):
    from opentelemetry.exporter.otlp.proto.http import Compression

    recorded, one = span
    with collecting() as collector:
        assert export(collector, [one], Compression.Gzip if compressed else None) == "SUCCESS"
        assert collector.span("s") == recorded.span("s")
        assert collector.span("s").event("e") == {"c": True}


def test_a_collector_that_refuses_has_nothing(span):
    with collecting() as collector:
        collector.status = 400
        assert export(collector, [span[1]]) == "FAILURE"
        assert (collector.spans, len(collector.headers)) == ([], 1)
