from __future__ import annotations

from routeiq_plugin_sdk import Headers, LLMResponse, StreamChunk, ToolCall, Usage
from routeiq_plugin_sdk.testing import HarnessResponse, LLMResult
from routeiq_plugin_sdk.testing.llm_calls import PATHS, call_body

HTTP = HarnessResponse(200, Headers.of({"content-type": "application/json"}), (b"{}",))


def test_a_call_is_said_as_each_api_says_it() -> None:
    said = [{"role": "user", "content": "x"}]
    assert call_body("chat", "x", "m", False, {}) == {"model": "m", "messages": said}
    assert call_body("chat", said, "m", True, {"n": 2}) == {"model": "m", "messages": said, "stream": True, "n": 2}
    assert call_body("responses", "x", "m", False, {}) == {"model": "m", "input": said}
    assert call_body("completion", "x", "m", False, {}) == {"model": "m", "prompt": "x"}
    assert call_body("embedding", "x", "m", False, {}) == {"model": "m", "input": "x"}
    assert call_body("messages", "x", "m", False, {"max_tokens": 9})["max_tokens"] == 9
    assert set(PATHS) == {"chat", "completion", "embedding", "messages", "responses"}


def test_an_answer_is_at_hand_in_parts() -> None:
    tool = ToolCall(0, "id", "f", "{}")
    chunks = (StreamChunk("other"), StreamChunk(text="a"), StreamChunk("reasoning", "hm"), StreamChunk(text="b"))
    result = LLMResult(HTTP, LLMResponse("ab", (tool,), "length", Usage(1, 2, 3)), chunks)
    assert (result.text, result.tool_calls, result.finish_reason, result.usage) == (
        "ab",
        (tool,),
        "length",
        Usage(1, 2, 3),
    )
    assert (result.chunks, result.error) == (("a", "b"), None)
    assert (result.status_code, result.body, result.headers["content-type"]) == (200, {}, "application/json")


def test_an_error_has_no_answer() -> None:
    result = LLMResult(HTTP, None, error={"message": "no"})
    assert (result.text, result.tool_calls, result.finish_reason, result.usage) == ("", (), None, None)
