"""What OpenTelemetry adds to a request and to an LLM call: without a tracer, unsampled, sampled; and metrics.

In process, under five plugins; the exporter takes batches and throws them away, in its thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from opentelemetry.metrics import MeterProvider, NoOpMeterProvider
from opentelemetry.sdk import metrics, trace
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON

from routeiq import PluginManager, PluginMiddleware
from routeiq.adapters.opentelemetry import OpenTelemetryTracer, Options
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.app import Gateway
from routeiq.gateway.settings import GatewaySettings

from .middleware import SCOPE, look, null, plugin, receive, send, status
from .table import Row
from .timing import interleaved, median, ratio

BODY: Final = b'{"model": "echo", "messages": [{"role": "user", "content": "one two three"}]}'
STREAM: Final = BODY[:-1] + b', "stream": true}'
HEADERS: Final = [(b"host", b"h"), (b"content-type", b"application/json"), (b"user-agent", b"bench")]


class Nowhere(SpanExporter):
    """Takes spans and keeps none."""

    def export(self, spans: Any) -> SpanExportResult:
        """Take them."""
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Nothing is held."""


async def see(model: str) -> None:
    """Look at a call."""
    assert model


def tracer_of(manager: PluginManager, sampler: Any, meter: MeterProvider, options: Options) -> OpenTelemetryTracer:
    """Return a tracer whose spans go nowhere."""
    provider = trace.TracerProvider(sampler, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(Nowhere(), max_queue_size=100_000, schedule_delay_millis=100))
    return OpenTelemetryTracer(manager.statistics, tracer_provider=provider, meter_provider=meter, options=options)


async def traced(case: str) -> PluginManager:
    """Return a running manager of five plugins, traced as a case says."""
    manager = PluginManager(ManagerSettings())
    for number in range(5):
        manager.register(plugin(number, {"request": look, "response": status, "llm_pre_call": see}))
    nothing = NoOpMeterProvider()
    meter = metrics.MeterProvider([InMemoryMetricReader()], shutdown_on_exit=False)
    tracers = {
        "unsampled": lambda: tracer_of(manager, ALWAYS_OFF, nothing, Options()),
        "unsampled, metrics": lambda: tracer_of(manager, ALWAYS_OFF, meter, Options()),
        "sampled": lambda: tracer_of(manager, ALWAYS_ON, nothing, Options()),
        "sampled, all hooks": lambda: tracer_of(manager, ALWAYS_ON, nothing, Options(all_hooks=True)),
        "sampled, all hooks as spans": lambda: tracer_of(manager, ALWAYS_ON, nothing, Options("spans", all_hooks=True)),
    }
    if case in tracers:
        manager.add_tracer(tracers[case]())
    await manager.start()
    return manager


CASES: Final = (
    "no tracer", "unsampled", "unsampled, metrics", "sampled", "sampled, all hooks", "sampled, all hooks as spans",
)  # fmt: skip


def call_of(app: Any, body: bytes) -> Callable[[], Awaitable[None]]:
    """Return what makes one chat completion."""
    scope = {**SCOPE, "path": "/v1/chat/completions", "headers": HEADERS}

    async def call() -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        await app(dict(scope), receive, send)

    return call


def request_of(app: Any) -> Callable[[], Awaitable[None]]:
    """Return what makes one request."""
    return lambda: app({**SCOPE, "headers": HEADERS}, receive, send)


LIMITS: Final = {
    ("request", "unsampled"): 2.5, ("call", "unsampled"): 1.8, ("stream", "unsampled"): 1.8, ("call", "sampled"): 5.0,
    ("stream", "sampled"): 5.0,
}  # fmt: skip


async def measure(quick: bool) -> list[Row]:
    """Return the rows of this benchmark."""
    managers = {case: await traced(case) for case in CASES}
    gateways = {case: Gateway(GatewaySettings(), manager, MemoryState()) for case, manager in managers.items()}
    groups: dict[str, dict[str, Callable[[], Awaitable[None]]]] = {
        "request": {case: request_of(PluginMiddleware(null, manager)) for case, manager in managers.items()},
        "call": {case: call_of(gateway, BODY) for case, gateway in gateways.items()},
        "stream": {case: call_of(gateway, STREAM) for case, gateway in gateways.items()},
    }
    rows = []
    for group, cases in groups.items():
        calls = dict.fromkeys(cases, 200 if group == "request" else 50)
        seconds = await interleaved(cases, rounds=11 if quick else 41, calls=calls)
        base = median(seconds, "no tracer") * 1e6
        for case in CASES[1:]:
            added = median(seconds, case) * 1e6 - base
            note = f"no tracer {base:.0f} us; adds {added:.1f} us"
            times = ratio(seconds, case, "no tracer")
            rows.append(Row(f"telemetry, {group}", case, times, "x", LIMITS.get((group, case)), note=note))
    for manager in managers.values():
        await manager.stop()
    return rows


def main(quick: bool) -> list[Row]:
    """Run it."""
    return asyncio.run(measure(quick))
