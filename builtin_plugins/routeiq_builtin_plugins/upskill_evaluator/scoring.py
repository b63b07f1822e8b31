"""The score of a call: whether it succeeded, and how long that took.

    score = 0                                    if the call failed
    score = 1 - w * (1 - min(1, T / d))          if it succeeded

with the duration `d`, the target's seconds `T` and the weight `w` of latency.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from routeiq_plugin_sdk import EvaluationResult, Invocation, LLMResponse

from .config import Scoring

NOT_THE_TARGETS: Final = frozenset({"rejected", "cancelled", "plugin"})
"""Failures that say nothing of what was called."""
_FAILED_STATES: Final = frozenset({"failed", "rejected", "canceled", "cancelled"})


def judge(invocation: Invocation, scoring: Scoring) -> EvaluationResult | None:
    """Return the score of a call; None where there is nothing to judge: a plugin refused it, or its client left."""
    if invocation.metadata.get("failure") in NOT_THE_TARGETS or invocation.metadata.get("answered_by"):
        return None
    failure = _failure(invocation)
    if failure is None:
        return None
    target = scoring.seconds(invocation.kind, invocation.target, invocation.name)
    seconds = invocation.duration_ms / 1e3
    latency = 1.0 if seconds <= target else target / seconds
    score = 0.0 if failure else 1 - scoring.latency_weight * (1 - latency)
    took = f"took {seconds:.3g} s, for which {target:g} s are the target"
    return EvaluationResult(
        score,
        "passed" if score >= scoring.pass_score and not failure else "failed",
        f"{failure}; {took}" if failure else took,
        metadata={"success": not failure, "latency": latency, "target_seconds": target},
    )


def _failure(invocation: Invocation) -> str | None:
    """Return in words what went wrong, never the target's own words; empty: nothing. None: it cannot be told."""
    if invocation.error is not None:
        return f"the call failed ({invocation.metadata.get('failure') or 'error'})"
    output = invocation.output
    if invocation.kind == "llm":
        if not isinstance(output, LLMResponse):
            return None
        return "the answer was withheld by the provider's filter" if output.finish_reason == "content_filter" else ""
    if not isinstance(output, Mapping):
        return None
    if invocation.kind == "tool":
        if output.get("resultType") == "input_required":  # the server asks back: the call comes again
            return None
        return "the tool reports an error" if output.get("isError") else ""
    state = _state(output)
    return f"the task ended as {state}" if state in _FAILED_STATES else ""


def _state(output: Mapping[str, Any]) -> str:
    """Return the state of an agent's task in one word, or nothing: A2A 1.0 writes TASK_STATE_FAILED, 0.3 failed."""
    inner = next((output[name] for name in ("task", "statusUpdate") if isinstance(output.get(name), Mapping)), output)
    status = inner.get("status")
    state = status.get("state") if isinstance(status, Mapping) else None
    return state.removeprefix("TASK_STATE_").lower() if isinstance(state, str) else ""
