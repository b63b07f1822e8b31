"""The SDK as the gateway runs it, beside a collector on loopback."""

import asyncio
import logging
import threading
import time

import pytest

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="needs routeiq[otel]")

from opentelemetry import metrics, trace
from tests.fakes.telemetry import collecting

from routeiq.adapters.opentelemetry.providers import Providers

IDENTITY = {"service.instance.id": "node-1", "routeiq.worker": 3}


@pytest.fixture
def collector():
    with collecting() as one:
        yield one


def span(providers, name="s"):
    providers.tracer.get_tracer("t").start_span(name).end()


async def test_spans_and_metrics_reach_the_collector_before_the_end(collector):
    providers = Providers({}, collector.url)
    providers.open(IDENTITY)
    span(providers)
    providers.meter.get_meter("t").create_counter("c").add(1, {"a": "b"})
    await providers.close()
    resource = collector.span("s").resource
    assert {name: resource[name] for name in IDENTITY} == IDENTITY
    assert resource["service.name"] == "routeiq"
    assert collector.metrics == {"c": [{"a": "b"}]}


async def test_an_operators_variables_say_who_speaks(collector, monkeypatch):
    monkeypatch.setenv("OTEL_SERVICE_NAME", "east")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=mine,team=red")
    providers = Providers({}, f"{collector.url}/")
    providers.open(IDENTITY)
    span(providers)
    await providers.close()
    resource = collector.span("s").resource
    found = [resource[name] for name in ("service.name", "service.instance.id", "team", "routeiq.worker")]
    assert found == ["east", "mine", "red", 3]


async def test_the_settings_share_of_traces_is_kept_and_a_clients_word_counts(collector):
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    providers = Providers({}, collector.url, sample=0.0)
    providers.open({})
    tracer = providers.tracer.get_tracer("t")
    tracer.start_span("dropped").end()
    sampled = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
    tracer.start_span("kept", TraceContextTextMapPropagator().extract(sampled)).end()
    await providers.close()
    assert [one.name for one in collector.spans] == ["kept"]


async def test_a_signal_without_an_exporter_is_not_made(collector):
    providers = Providers({"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"}, collector.url)
    providers.open({})
    assert isinstance(providers.tracer, trace.NoOpTracerProvider)
    assert isinstance(providers.meter, metrics.NoOpMeterProvider)
    await providers.close()
    assert collector.headers == []


async def test_they_can_be_opened_again(collector):
    providers = Providers({}, collector.url)
    for name in ("first", "second"):
        providers.open({})
        span(providers, name)
        await providers.close()
    assert [one.name for one in collector.spans] == ["first", "second"]
    await providers.close()


async def test_nothing_is_set_globally_and_no_thread_or_filter_stays(collector):
    def filters():
        return [one.filters for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]

    before = trace._TRACER_PROVIDER, metrics.get_meter_provider().__class__
    providers = Providers({}, collector.url)
    providers.open({})
    assert (trace._TRACER_PROVIDER, metrics.get_meter_provider().__class__) == before
    await providers.close()
    assert not any(thread.name.startswith("Otel") for thread in threading.enumerate())
    assert not any("SelectedComplaints" in str(one) for one in filters())


async def test_a_collector_that_hangs_does_not_keep_the_process(collector, caplog):
    collector.gate.clear()
    providers = Providers({}, collector.url)
    providers.open({})
    span(providers)
    began = time.monotonic()
    await providers.close(timeout=0.2)
    assert time.monotonic() - began < 5
    assert "the last telemetry could not be sent within 0.2 seconds" in caplog.messages


async def test_a_collector_that_is_gone_is_complained_of_once(collector, caplog, monkeypatch):
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
    collector.status = 400
    providers = Providers({"OTEL_METRICS_EXPORTER": "none"}, collector.url)
    providers.open({})
    async with asyncio.timeout(20):
        while len(collector.headers) < 5:
            span(providers)
            await asyncio.sleep(0.02)
    await providers.close()
    complaints = [
        one for one in caplog.records if one.name.startswith("opentelemetry") and one.levelno >= logging.ERROR
    ]
    assert len(complaints) == 1
