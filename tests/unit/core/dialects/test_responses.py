from __future__ import annotations

from typing import Any

import pytest
from openai.types.responses import Response
from routeiq_plugin_sdk import LLMResponse, ToolCall, Usage

from routeiq.core.dialects import RESPONSES, AnswerIdentity, InvalidRequest

USAGE = {
    "input_tokens": 1, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0}, "output_tokens": 2,
    "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 3,
}  # fmt: skip


@pytest.mark.parametrize("instead", ["prompt", "previous_response_id", "conversation"])
def test_input_may_be_elsewhere(instead: str) -> None:
    assert RESPONSES.parse({"model": "m", instead: "x"}).model == "m"
    assert RESPONSES.messages({"model": "m", instead: "x"}) == []


@pytest.mark.parametrize("given", [None, 5, {}, ["hi"], [{}, 5]])
def test_input_must_be_text_or_items(given: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        RESPONSES.parse({"model": "m", "input": given})
    assert str(caught.value.param).startswith("input")


def test_instructions_belong_to_the_messages_and_not_to_the_parameters() -> None:
    body = {"model": "m", "instructions": "s", "input": "hi", "store": False}
    assert [message["role"] for message in RESPONSES.messages(body)] == ["system", "user"]
    assert RESPONSES.parameters(body) == {"store": False}
    assert RESPONSES.to_chat(body)["messages"] == RESPONSES.messages(body)


def test_credentials_of_tools_are_not_shown_and_not_lost() -> None:
    server = {"type": "mcp", "server_url": "http://x", "authorization": "secret", "headers": {"x": "secret"}}
    function = {"type": "function", "name": "f"}
    body = {"model": "m", "input": "hi", "tools": [server, function, 5]}
    shown = RESPONSES.parameters(body)
    assert shown["tools"] == [{"type": "mcp", "server_url": "http://x"}, function, 5]
    kept = RESPONSES.with_overrides(body, parameters=shown)["tools"]
    assert kept == body["tools"]
    assert kept[0] is server
    added = {"type": "function", "name": "g"}
    new = RESPONSES.with_overrides(body, parameters={"tools": [added, shown["tools"][0]]})
    assert new["tools"] == [added, server]


def test_an_answer_is_decoded() -> None:
    output = [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
        {"type": "message", "content": [{"type": "output_text", "text": "a"}, {"type": "refusal", "refusal": "no"}]},
        {"type": "function_call", "id": "x", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "custom_tool_call", "call_id": "d", "name": "g", "input": "x"},
        {"type": "message", "content": [{"type": "output_text", "text": "b"}]},
        5,
    ]
    data = {"output": output, "usage": USAGE, "status": "completed"}
    assert RESPONSES.decode_response(data) == LLMResponse(
        "ab", (ToolCall(0, "c", "f", "{}"), ToolCall(1, "d", "g", "x")), "tool_calls", Usage(1, 2, 3), None, data
    )
    with pytest.raises(ValueError, match="output"):
        RESPONSES.decode_response({})


def test_an_answer_of_a_plugin_is_a_response(identity: AnswerIdentity) -> None:
    response = LLMResponse("hi", (ToolCall(0, "c", "f", "{}"),), "tool_calls", Usage(1, 2, 3))
    encoded = RESPONSES.encode_response(response, identity, None)
    assert Response.model_validate(encoded).output_text == "hi"
    decoded = RESPONSES.decode_response(encoded)
    assert (decoded.text, decoded.tool_calls, decoded.finish_reason, decoded.usage) == (
        "hi", response.tool_calls, "tool_calls", Usage(1, 2, 3),
    )  # fmt: skip


def test_a_chat_completion_is_translated_with_all_that_it_says(identity: AnswerIdentity) -> None:
    citation = {"type": "url_citation", "url_citation": {"url": "u", "title": "t", "start_index": 0, "end_index": 1}}
    message = {"reasoning_content": "hm", "content": "hi", "refusal": "no", "annotations": [citation, 5]}
    chat = {"choices": [{"message": message, "finish_reason": "length"}]}
    encoded = RESPONSES.encode_response(LLMResponse("hi", finish_reason="length"), identity, chat)
    Response.model_validate(encoded)
    reasoning, answer = encoded["output"]
    assert reasoning["content"][0]["text"] == "hm"
    assert [part.get("text") or part["refusal"] for part in answer["content"]] == ["hi", "no"]
    assert answer["content"][0]["annotations"] == [{"type": "url_citation", **citation["url_citation"]}]  # type: ignore[dict-item]
    assert (encoded["status"], encoded["usage"]) == ("incomplete", None)


def test_a_chat_completion_without_a_message_is_what_the_response_says(identity: AnswerIdentity) -> None:
    encoded = RESPONSES.encode_response(LLMResponse("hi"), identity, {"choices": []})
    assert encoded["output"][0]["content"][0]["text"] == "hi"
