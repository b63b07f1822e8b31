"""The score of a call: 0 for a failure, else what its latency leaves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from routeiq_plugin_sdk import Invocation, LLMResponse

from routeiq_builtin_plugins.upskill_evaluator.config import Scoring
from routeiq_builtin_plugins.upskill_evaluator.scoring import judge

SCORING = Scoring(tool_seconds=1, agent_seconds=1, llm_seconds=1)


@pytest.mark.parametrize(
    ("milliseconds", "score", "status"),
    [(10, 1, "passed"), (1000, 1, "passed"), (2000, 0.85, "passed"), (1e9, 0.7, "passed")],
)
def test_a_success_loses_at_most_the_weight_of_latency(milliseconds, score, status):
    result = judge(Invocation.mock(duration_ms=milliseconds), SCORING)
    assert result.score == pytest.approx(score, abs=1e-6)
    assert result.status == status
    assert result.metadata["success"] is True


def test_a_slow_success_fails_where_latency_weighs_more():
    result = judge(Invocation.mock(duration_ms=4000), Scoring(tool_seconds=1, latency_weight=1))
    assert (result.score, result.status, result.feedback) == (0.25, "failed", "took 4 s, for which 1 s are the target")


@given(st.floats(0, 1e9), st.floats(0, 1), st.floats(0.001, 1000), st.booleans())
@settings(max_examples=50)
def test_scores_are_from_0_to_1_and_never_rise_with_the_duration(milliseconds, weight, target, failed):
    scoring = Scoring(latency_weight=weight, tool_seconds=target)
    error = "broken" if failed else None
    first = judge(Invocation.mock(duration_ms=milliseconds, error=error), scoring)
    later = judge(Invocation.mock(duration_ms=milliseconds * 2, error=error), scoring)
    assert 0 <= later.score <= first.score <= 1
    assert not failed or first.score == 0


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        ("tool", {"error": "RemoteError: secret", "metadata": {"failure": "upstream"}}, "the call failed (upstream)"),
        ("tool", {"output": {"isError": True, "content": []}}, "the tool reports an error"),
        ("agent", {"output": {"status": {"state": "TASK_STATE_FAILED"}}}, "the task ended as failed"),
        ("agent", {"output": {"task": {"status": {"state": "TASK_STATE_CANCELED"}}}}, "the task ended as canceled"),
        ("agent", {"output": {"statusUpdate": {"status": {"state": "rejected"}}}}, "the task ended as rejected"),
        ("llm", {"output": LLMResponse(finish_reason="content_filter")}, "withheld by the provider's filter"),
    ],
)
def test_a_failure_scores_0_even_where_everything_passes(kind, changes, words):
    result = judge(Invocation.mock(kind, **changes), Scoring(pass_score=0))
    assert (result.score, result.status) == (0, "failed")
    assert words in result.feedback
    assert "secret" not in result.feedback


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("tool", {}), ("agent", {"output": {"parts": []}}), ("agent", {"output": {"status": "odd"}}),
        ("agent", {"output": {"status": {"state": "TASK_STATE_COMPLETED"}}}), ("llm", {"output": LLMResponse("text")}),
    ],
)  # fmt: skip
def test_an_answer_is_a_success(kind, changes):
    assert judge(Invocation.mock(kind, **changes), SCORING).score == 1


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("tool", {"error": "Reject: no", "metadata": {"failure": "rejected"}}),
        ("llm", {"error": "CancelledError: ", "metadata": {"failure": "cancelled"}}),
        ("llm", {"output": LLMResponse("text"), "metadata": {"answered_by": "response-cache"}}),
        ("tool", {"output": {"resultType": "input_required"}}),
        ("llm", {"output": None}), ("tool", {"output": None}),
    ],
)  # fmt: skip
def test_what_says_nothing_of_the_target_is_not_judged(kind, changes):
    assert judge(Invocation.mock(kind, **changes), SCORING) is None
