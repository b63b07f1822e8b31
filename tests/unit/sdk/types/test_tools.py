"""Calls of tools and agents, and what evaluators get and give."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import pytest
from routeiq_plugin_sdk import (
    EvaluationPolicy,
    EvaluationResult,
    Headers,
    Invocation,
    PluginRequest,
    Principal,
    RemoteCall,
)


def test_a_call_within_http_shares_what_its_request_has() -> None:
    request = PluginRequest.mock(shared={"key": 1}, principal=Principal("me"))
    before = time.time()
    call = RemoteCall("id", "tool", "mcp", "files", "tools/call", stream=True, request=request, shared={"other": 2})
    assert call.shared is request.shared
    assert call.principal == Principal("me")
    assert before <= call.started_at <= time.time()
    assert (call.aborted, call.answered_by, len(call.headers)) == (False, None, 0)
    assert repr(call) == "<RemoteCall id mcp 'files' tools/call stream>"


def test_a_call_outside_http_has_its_own() -> None:
    shared = {"key": 1}
    headers = Headers([(b"x-a", b"1")])
    call = RemoteCall(
        "id", "agent", "a2a", "helper", "SendMessage", headers=headers, shared=shared, principal=Principal("me")
    )
    assert call.shared is shared
    assert (call.principal, call.request, call.headers) == (Principal("me"), None, headers)
    assert RemoteCall.mock().shared is not RemoteCall.mock().shared


def test_mocks_are_calls_of_their_kind() -> None:
    tool, agent = RemoteCall.mock(), RemoteCall.mock("agent", "helper", stream=True)
    assert (tool.kind, tool.protocol, tool.method, tool.target) == ("tool", "mcp", "tools/call", "mock-server")
    assert (agent.kind, agent.protocol, agent.method, agent.target) == ("agent", "a2a", "SendMessage", "helper")
    assert agent.stream
    with pytest.raises(AttributeError):
        agent.anything = 1  # type: ignore[attr-defined]


def test_a_mock_invocation_succeeded() -> None:
    mock = Invocation.mock("llm", "fast", input=[{"role": "user", "content": "hi"}], error="broken")
    assert (mock.kind, mock.target, mock.name, mock.error, mock.duration_ms) == ("llm", "fast", "chat", "broken", 10.0)
    assert Invocation.mock().error is None
    assert (Invocation.mock().name, Invocation.mock("agent").name) == ("mock-tool", "SendMessage")
    with pytest.raises(dataclasses.FrozenInstanceError):
        mock.output = "other"  # type: ignore[misc]


@pytest.mark.parametrize("score", [0, 1, 0.5, 1.0])
def test_a_score_is_from_0_to_1(score: float) -> None:
    assert EvaluationResult(score, "passed").score == score


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan"), float("inf"), "1", None, True])
def test_any_other_score_is_refused(score: Any) -> None:
    with pytest.raises(ValueError, match="must be a number from 0 to 1"):
        EvaluationResult(score, "passed")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"sample_rates": {"llms": 1}}, "names 'llms': there are tool, agent, llm"),
        ({"sample_rates": {"llm": 1.5}}, "the sample rate of 'llm' is 1.5"),
        ({"sample_rates": {"llm": float("nan")}}, "must be from 0 to 1"),
        ({"concurrency": 0}, "concurrency must be at least 1"),
        ({"queue": -1}, "at least 0"),
        ({"queue_bytes": -1}, "at least 0"),
        ({"timeout": 0}, "must be a number of seconds above 0"),
        ({"timeout": float("inf")}, "must be a number of seconds above 0"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EvaluationPolicy(**wrong)


def test_a_policy_has_every_call_evaluated_by_itself() -> None:
    assert EvaluationPolicy().sample_rates == {"tool": 1.0, "agent": 1.0, "llm": 1.0}
    assert EvaluationPolicy().sample_rates is not EvaluationPolicy().sample_rates


@pytest.mark.parametrize("wrong", [{"feedback": None}, {"metadata": [1]}])
def test_words_are_text_and_metadata_is_a_mapping(wrong: Any) -> None:
    with pytest.raises(ValueError, match="feedback must be a text, and metadata a mapping"):
        EvaluationResult(1, "passed", **wrong)


def test_an_unknown_status_is_refused() -> None:
    with pytest.raises(ValueError, match="'good' must be one of passed, failed, error, skipped"):
        EvaluationResult(1, "good")  # type: ignore[arg-type]
