"""The metrics: histograms of requests and calls, and what the manager counts of hooks."""

from types import SimpleNamespace

import pytest
from routeiq_plugin_sdk import RemoteCall, Usage

pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")

from opentelemetry.context import Context
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.trace import set_span_in_context

from routeiq.adapters.opentelemetry import names
from routeiq.adapters.opentelemetry.instruments import MODELS, Instruments, observe_hooks
from routeiq.core.logging import Activity
from routeiq.core.remote_calls import LogicalRemoteCall

MODEL = {"gen_ai.request.model": "fast"}


@pytest.fixture
def instruments(recorded):
    return Instruments(recorded.meter.get_meter("t"))


def test_histograms_have_the_buckets_that_the_conventions_advise(recorded, instruments):
    context = Context()
    instruments.request(0.2, {}, context)
    instruments.call(0.2, 0.1, {}, context)
    instruments.usage(Usage(3, 4, 7), {}, context)
    instruments.served(0.2, 0.1, {}, context)
    for kind in ("tool", "agent"):
        call = LogicalRemoteCall(SimpleNamespace(tracer=None), Activity("r"), RemoteCall.mock(kind), "search", {})
        call.sent, call.answered = 1, 2
        instruments.remote(call, None, context)
    found = recorded.metrics()
    for metric in names.METRICS:
        if metric.kind == "histogram":
            assert list(found[metric.name][0].explicit_bounds) == list(metric.buckets), metric.name


def test_a_call_that_is_not_streamed_has_no_first_chunk(recorded, instruments):
    instruments.call(0.2, None, {}, Context())
    instruments.served(0.2, None, {}, Context())
    assert set(recorded.metrics()) == {"gen_ai.client.operation.duration", "gen_ai.server.request.duration"}


def test_tokens_are_counted_by_their_type_and_only_if_the_upstream_told_them(recorded, instruments):
    instruments.usage(Usage(3, 4, 7), MODEL, Context())
    instruments.usage(Usage(8, 0, 8), MODEL, Context())
    instruments.usage(Usage(100, 100, 200, estimated=True), MODEL, Context())
    points = recorded.metrics()["gen_ai.client.token.usage"]
    assert {point.attributes["gen_ai.token.type"]: point.sum for point in points} == {"input": 11, "output": 4}


def test_a_figure_leads_to_its_trace(recorded, instruments):
    with recorded.tracer.get_tracer("t").start_as_current_span("s") as span:
        instruments.request(0.2, {}, set_span_in_context(span))
    (point,) = recorded.metrics()["http.server.request.duration"]
    assert [f"{exemplar.trace_id:032x}" for exemplar in point.exemplars] == [recorded.span("s").trace]


def test_models_that_clients_choose_do_not_make_series_without_number(instruments):
    models = [instruments.bounded({names.REQUEST_MODEL: f"m{number}"})[names.REQUEST_MODEL] for number in range(2000)]
    assert models[:MODELS] == [f"m{number}" for number in range(MODELS)]
    assert set(models[MODELS:]) == {"_OTHER"}
    assert instruments.bounded({names.REQUEST_MODEL: "m7"}) == {names.REQUEST_MODEL: "m7"}
    assert instruments.bounded({}) == {}


def test_where_nothing_can_come_of_them_nobody_wants_them(instruments):
    assert instruments.wanted
    assert not Instruments(NoOpMeterProvider().get_meter("t")).wanted


def test_what_a_manager_counts_of_hooks_is_read_when_it_is_exported(recorded):
    entry = {"plugin": "p", "hook": "request", "calls": 0, "errors": 0, "sampled": 0, "latency_mean": 0.0}
    observe_hooks(recorded.meter.get_meter("t"), lambda: [entry])
    assert recorded.metrics() == {}
    entry.update(calls=640, errors=2, sampled=10, latency_mean=0.5)
    found = recorded.metrics()
    assert {name: points[0].value for name, points in found.items()} == {
        "routeiq.hook.calls": 640, "routeiq.hook.errors": 2, "routeiq.hook.samples": 10, "routeiq.hook.duration": 5.0,
    }  # fmt: skip
    assert found["routeiq.hook.calls"][0].attributes == {"routeiq.plugin": "p", "routeiq.phase": "request"}
