"""Traces and metrics of requests, LLM calls and plugins by OpenTelemetry; needs `routeiq[otel]`."""

from .options import Options
from .tracer import OpenTelemetryTracer

__all__ = ["OpenTelemetryTracer", "Options"]
