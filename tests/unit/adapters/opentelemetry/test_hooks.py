"""What hooks did: as events of a span, or as spans below it."""

import pytest
from routeiq_plugin_sdk import Reject

pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")

from opentelemetry.trace import set_span_in_context

from routeiq.adapters.opentelemetry.hooks import HookRecord
from routeiq.adapters.opentelemetry.options import Options

SECOND = 1_000_000_000


@pytest.fixture
def written(recorded):
    """written(told, **options) -> Recorded: these hooks told during a span `s`."""

    def write(*told, holds=(), **options):
        tracer = recorded.tracer.get_tracer("t")
        record = HookRecord(Options(**options))
        for phase, outcome, detail in told:
            record.add(phase, "p", SECOND, 3 * SECOND, outcome, detail)
        for plugin in holds:
            record.hold(plugin, SECOND, 2 * SECOND)
        with tracer.start_as_current_span("s") as span:
            record.write(span, 7 * SECOND, tracer, set_span_in_context(span))
        return recorded

    return write


def test_by_default_what_let_everything_pass_is_not_told(written):
    told = [("request", outcome, None) for outcome in ("passed", "changed", "ended", "cancelled")]
    assert [event["routeiq.outcome"] for _, event in written(*told).span("s").events] == [
        "changed",
        "ended",
        "cancelled",
    ]


def test_all_hooks_are_told_if_that_is_wanted(written):
    (event,) = written(("request", "passed", None), all_hooks=True).span("s").events
    expected = {"routeiq.plugin": "p", "routeiq.phase": "request", "routeiq.outcome": "passed", "routeiq.duration": 2.0}
    assert event == ("routeiq.hook", expected)


def test_calls_that_ended_alike_are_one_event(written):
    told = [("llm_stream_chunk", "changed", None)] * 1000 + [("llm_stream_chunk", "failed", ValueError("my secret"))]
    changed, failed = [event for _, event in written(*told).span("s").events]
    assert (changed["routeiq.calls"], changed["routeiq.duration"]) == (1000, 2000.0)
    assert (failed["error.type"], failed.get("routeiq.calls")) == ("ValueError", None)
    assert "my secret" not in str(failed)


@pytest.mark.parametrize(
    ("outcome", "detail", "expected"),
    [
        ("rejected", Reject(403, "my secret", "content_blocked"), "content_blocked"),
        ("audited", "would have refused", "would have refused"),
    ],
)
def test_a_decision_has_its_words(written, outcome, detail, expected):
    event = written(("llm_pre_call", outcome, detail)).span("s").event("routeiq.hook")
    assert event["routeiq.decision"] == expected
    assert "my secret" not in str(event)


def test_as_spans_they_stand_below_and_have_their_times(written):
    recorded = written(("request", "changed", None), ("request", "failed", KeyError()), hooks="spans")
    changed, failed, span = recorded.spans
    assert (changed.name, changed.parent, changed.kind, changed.seconds) == ("request p", span.id, "INTERNAL", 2.0)
    assert (changed.status, failed.status, failed.attributes["error.type"]) == ("UNSET", "ERROR", "KeyError")
    assert span.events == []


def test_where_nobody_wants_them_there_are_none(written):
    recorded = written(("request", "failed", KeyError()), holds=["p"], hooks="none", all_hooks=True)
    assert [span.events for span in recorded.spans] == [[]]


def test_what_a_window_held_back_is_an_event(written):
    assert written(holds=["p"]).span("s").event("routeiq.held") == {"routeiq.plugin": "p", "routeiq.duration": 1.0}


@pytest.mark.parametrize("hooks", ["events", "spans"])
def test_verdicts_are_told_on_request_alone(written, hooks):
    told = ("llm_pre_call", "changed", None), ("request", "changed", None)
    plain = written(*told, hooks=hooks)
    seen = [one.attributes for one in plain.spans] + [event for one in plain.spans for _, event in one.events]
    assert not any(name.startswith("gen_ai") for attributes in seen for name in attributes)


def test_a_verdict_as_a_span_is_a_run_of_a_guardrail(written):
    recorded = written(("llm_pre_call", "changed", None), ("request", "changed", None), hooks="spans", guardrails=True)
    assert [span.name for span in recorded.spans] == ["run_guardrail p", "request p", "s"]
    assert recorded.spans[0].attributes["gen_ai.operation.name"] == "run_guardrail"
