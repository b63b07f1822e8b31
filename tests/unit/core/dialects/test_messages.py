"""Anthropic's Messages API as a dialect."""

import pytest
from routeiq_plugin_sdk import LLMResponse, ToolCall, Usage

from routeiq.core.dialects import MESSAGES, AnswerIdentity, InvalidRequest

BODY = {"model": "m", "max_tokens": 10, "messages": [{"role": "user", "content": "hi"}]}
IDENTITY = AnswerIdentity("msg_1", "m", 1, BODY)
USAGE = Usage(10, 5, 15, cached_tokens=4)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"messages": []}, "messages"), ({"messages": [7]}, "messages.0"), ({"max_tokens": None}, "max_tokens"),
     ({"max_tokens": True}, "max_tokens"), ({"model": ""}, "model"), ({"stream": 1}, "stream")],
)  # fmt: skip
def test_what_routing_needs_is_checked(change, said):
    with pytest.raises(InvalidRequest, match=said):
        MESSAGES.parse({**BODY, **change})
    assert MESSAGES.parse({**BODY, "stream": True}).stream


def test_parameters_hold_no_credentials_and_overrides_bring_none_away():
    server = {"type": "url", "url": "http://x", "authorization_token": "secret"}
    body = {**BODY, "top_k": 3, "mcp_servers": [server]}
    parameters = MESSAGES.parameters(body)
    assert parameters == {"max_tokens": 10, "top_k": 3, "mcp_servers": [{"type": "url", "url": "http://x"}]}
    new = MESSAGES.with_overrides(body, parameters={**parameters, "top_k": 5})
    assert new == {**body, "top_k": 5}


def test_a_system_that_a_plugin_removed_is_gone():
    body = {**BODY, "system": "s"}
    assert "system" not in MESSAGES.with_overrides(body, messages=[{"role": "user", "content": "hi"}])


def test_an_answer_is_read():
    content = [
        {"type": "thinking", "thinking": "hm", "signature": "x"},
        {"type": "text", "text": "one "}, {"type": "text", "text": "two"},
        {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}},
    ]  # fmt: skip
    usage = {"input_tokens": 6, "cache_read_input_tokens": 4, "output_tokens": 5}
    answer = MESSAGES.decode_response({"content": content, "stop_reason": "tool_use", "usage": usage})
    assert (answer.text, answer.finish_reason, answer.usage) == ("one two", "tool_calls", USAGE)
    assert answer.tool_calls == (ToolCall(0, "t", "f", '{"a":1}'),)
    with pytest.raises(ValueError, match="content"):
        MESSAGES.decode_response({})


def test_an_answer_is_written():
    calls = (ToolCall(0, None, "f", '{"a": 1}'), ToolCall(1, "t2", "g", "no json"))
    answer = MESSAGES.encode_response(LLMResponse("hello", calls, "tool_calls", USAGE), IDENTITY, None)
    assert answer["content"] == [
        {"type": "text", "text": "hello"},
        {"type": "tool_use", "id": "toolu_msg_1_0", "name": "f", "input": {"a": 1}},
        {"type": "tool_use", "id": "t2", "name": "g", "input": {"arguments": "no json"}},
    ]
    assert (answer["stop_reason"], answer["role"], answer["type"]) == ("tool_use", "assistant", "message")
    assert answer["usage"] == {
        "input_tokens": 6, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 4, "output_tokens": 5,
    }  # fmt: skip


def test_a_chat_completion_is_translated_with_its_reasoning():
    message = {"role": "assistant", "reasoning_content": "hm", "content": "hi"}
    chat = {"choices": [{"index": 0, "message": message, "finish_reason": "length"}]}
    answer = MESSAGES.encode_response(LLMResponse("hi", finish_reason="length"), IDENTITY, chat)
    assert [block["type"] for block in answer["content"]] == ["thinking", "text"]
    assert answer["stop_reason"] == "max_tokens"


def test_an_error_has_anthropics_shape():
    assert MESSAGES.error_document(401, "who?", "x")["error"] == {"type": "authentication_error", "message": "who?"}
