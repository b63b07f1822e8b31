"""A span as plans know it."""

import pytest

pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")

from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import set_span_in_context
from tests.fakes.telemetry import Recorded

from routeiq.adapters.opentelemetry.options import Options
from routeiq.adapters.opentelemetry.spans import SpanTrace


class RecordOnly(Sampler):
    """Records what is not exported: the ids of such a trace lead nowhere."""

    def should_sample(self, *args, **kwargs):
        return SamplingResult(Decision.RECORD_ONLY)

    def get_description(self):
        return "record only"


def begun(recorded, name="s", above=None, elsewhere=()):
    span = recorded.tracer.get_tracer("t").start_span(name)
    return SpanTrace(name, span, set_span_in_context(span), Options(), above, elsewhere)


def test_its_ids_are_an_exemplar_as_logs_and_figures_have_them(recorded):
    trace = begun(recorded)
    exemplar = trace.exemplar
    trace.end(recorded.tracer.get_tracer("t"))
    span = recorded.span("s")
    assert exemplar == {"trace_id": span.trace, "span_id": span.id}


def test_what_is_recorded_and_not_kept_is_no_exemplar():
    assert begun(Recorded(RecordOnly())).exemplar is None


def test_it_ends_once(recorded, caplog):
    trace, tracer = begun(recorded), recorded.tracer.get_tracer("t")
    trace.hook("request", "p", 1, 2, "changed", None)
    trace.end(tracer)
    trace.end(tracer)
    assert [len(span.events) for span in recorded.spans] == [1]
    assert caplog.messages == []


def test_hooks_of_the_request_belong_to_its_span_while_a_call_goes_on(recorded):
    tracer = recorded.tracer.get_tracer("t")
    request = begun(recorded, "request")
    call = begun(recorded, "call", request, {"response_headers"})
    call.hook("response_headers", "p", 1, 2, "changed", None)
    call.hook("llm_stream_chunk", "p", 1, 2, "changed", None)
    call.held("p", 1, 2)
    for trace in (call, request):
        trace.end(tracer)
    seen = {span.name: [event.get("routeiq.phase") for _, event in span.events] for span in recorded.spans}
    assert seen == {"call": [None, "llm_stream_chunk"], "request": ["response_headers"]}


def test_without_a_request_they_are_the_calls(recorded):
    call = begun(recorded, "call", None, {"response_headers"})
    call.hook("response_headers", "p", 1, 2, "changed", None)
    call.end(recorded.tracer.get_tracer("t"))
    assert len(recorded.span("call").events) == 1


def test_an_attempt_that_failed_is_an_event(recorded):
    trace = begun(recorded)
    trace.attempt_failed({"routeiq.attempt": 1}, 5)
    trace.end(recorded.tracer.get_tracer("t"))
    assert recorded.span("s").event("routeiq.attempt.failed") == {"routeiq.attempt": 1}
