"""Which exporters are wanted, by OpenTelemetry's own variables."""

import pytest

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="needs routeiq[otel]")

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import ConsoleSpanExporter

from routeiq.adapters.opentelemetry.exporters import ExporterMissing, found

HTTP = "otlp_proto_http"


def test_without_a_variable_it_is_otlp_over_http():
    assert found({}, "traces") == [(HTTP, OTLPSpanExporter)]
    assert found({}, "metrics") == [(HTTP, OTLPMetricExporter)]


def test_the_variables_name_others_or_none():
    environ = {"OTEL_TRACES_EXPORTER": "console, otlp", "OTEL_METRICS_EXPORTER": "none"}
    assert found(environ, "traces") == [("console", ConsoleSpanExporter), (HTTP, OTLPSpanExporter)]
    assert found(environ, "metrics") == []


@pytest.mark.parametrize(
    ("environ", "variable", "words"),
    [
        ({"OTEL_TRACES_EXPORTER": "jaeger"}, "OTEL_TRACES_EXPORTER", "opentelemetry-exporter-jaeger"),
        (
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            "opentelemetry-exporter-otlp-proto-grpc",
        ),
        (
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"},
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
            "http/protobuf, grpc",
        ),
    ],
)
def test_what_is_not_installed_is_named_with_what_would_be_right(environ, variable, words):
    with pytest.raises(ExporterMissing) as caught:
        found(environ, "traces")
    assert caught.value.variable == variable
    assert words in str(caught.value)


def test_an_address_of_the_settings_decides_the_protocol():
    assert found({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "traces", "http/protobuf") == [(HTTP, OTLPSpanExporter)]
