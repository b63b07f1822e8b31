"""LLM calls as plugins see them."""

from __future__ import annotations

import dataclasses
import time

import pytest
from routeiq_plugin_sdk import Deployment, LLMCall, LLMResponse, PluginRequest, Principal, StreamChunk, Usage


def test_a_call_within_http_shares_what_its_request_has() -> None:
    request = PluginRequest.mock(shared={"key": 1}, principal=Principal("me"))
    call = LLMCall(
        "id", "chat", "fast", stream=True, request=request, shared={"other": 2}, principal=Principal("nobody")
    )
    assert call.shared is request.shared
    assert call.principal == Principal("me")
    assert repr(call) == "<LLMCall id chat 'fast' stream>"


def test_a_call_outside_http_has_its_own() -> None:
    shared = {"key": 1}
    call = LLMCall("id", "embedding", "fast", shared=shared, principal=Principal("me"), origin="cache")
    assert call.shared is shared
    assert (call.principal, call.origin, call.request) == (Principal("me"), "cache", None)
    assert LLMCall.mock().shared is not LLMCall.mock().shared


def test_a_fresh_call_has_no_answer_yet() -> None:
    before = time.time()
    call = LLMCall.mock()
    assert before <= call.started_at <= time.time()
    assert (call.attempts, call.aborted, call.answered_by) == (0, False, None)
    assert len(call.headers) == len(call.response_headers) == 0


def test_a_chunk_is_replaced_and_never_changed() -> None:
    chunk = StreamChunk(text="old", raw={"id": 1})
    assert dataclasses.replace(chunk, text="new") == StreamChunk(text="new", raw={"id": 1})
    with pytest.raises(dataclasses.FrozenInstanceError):
        chunk.text = "new"  # type: ignore[misc]


def test_a_mock_response_has_usage() -> None:
    assert LLMResponse.mock("hello", cost=0.5) == LLMResponse("hello", usage=Usage(3, 3, 6), cost=0.5)


def test_deployments_of_one_model_do_not_share_their_metadata() -> None:
    assert Deployment("a", "m", "m").metadata is not Deployment("b", "m", "m").metadata
