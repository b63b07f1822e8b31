"""Plugins' decisions in the words that are proposed for guardrails."""

import pytest
from routeiq_plugin_sdk import Reject

pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")

from routeiq.adapters.opentelemetry.guardrails import TARGETS, verdict
from routeiq.core.phases import load_phases


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("passed", ("allow", "allow")),
        ("changed", ("modify", "modify")),
        ("rejected", ("deny", "block")),
        ("audited", ("warn", "allow")),
    ],
)
def test_a_decision_is_a_verdict_and_what_was_done(outcome, expected):
    found = verdict("llm_pre_call", "pii", outcome, None)
    assert (found["gen_ai.guardrail.verdict.type"], found["gen_ai.guardrail.action.type"]) == expected
    assert found["gen_ai.guardrail.component.name"] == "pii"


def test_a_refusal_has_its_code():
    found = verdict("llm_pre_call", "pii", "rejected", Reject(403, "my secret", "content_blocked"))
    assert found["gen_ai.guardrail.verdict.code"] == "content_blocked"
    assert "my secret" not in str(found)


@pytest.mark.parametrize("phase", TARGETS)
def test_what_is_judged_is_what_goes_to_a_model_or_comes_from_it(phase):
    found = verdict(phase, "pii", "changed", None)
    assert found["gen_ai.guardrail.target.type"] == ("output" if load_phases()[phase].outbound else "input")


@pytest.mark.parametrize(
    ("phase", "outcome"), [("request", "rejected"), ("llm_pre_call", "ended"), ("llm_pre_call", "failed")]
)
def test_what_judges_nothing_is_no_guardrail(phase, outcome):
    assert verdict(phase, "p", outcome, None) == {}
