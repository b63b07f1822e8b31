from __future__ import annotations

from typing import Any

import pytest
from openai.types.chat import ChatCompletion
from routeiq_plugin_sdk import LLMResponse, ToolCall, Usage

from routeiq.core.dialects import CHAT, AnswerIdentity, InvalidRequest
from routeiq.core.dialects.chat import first_choice, message_chunks, read_tool_calls

BODY: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def answer(message: Any, **further: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], **further}


def test_messages_are_the_bodys_own() -> None:
    assert CHAT.messages(BODY) is BODY["messages"]
    assert CHAT.with_overrides(BODY, messages=BODY["messages"])["messages"] is BODY["messages"]
    assert CHAT.to_chat(BODY) == BODY


@pytest.mark.parametrize("messages", [[], [None], ["hi"], [BODY["messages"][0], 5]])
def test_messages_must_be_objects(messages: list[Any]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        CHAT.parse({"model": "m", "messages": messages})
    assert str(caught.value.param).startswith("messages")


def test_an_answer_is_decoded() -> None:
    calls = [
        {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}},
        {"id": "b", "type": "custom", "custom": {"name": "g", "input": "x"}},
    ]
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    data = answer({"role": "assistant", "content": "hi", "tool_calls": calls}, usage=usage)
    assert CHAT.decode_response(data) == LLMResponse(
        "hi", (ToolCall(0, "a", "f", "{}"), ToolCall(1, "b", "g", "x")), "stop", Usage(1, 2, 3), None, data
    )


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (answer({"content": None}), ""),
        (answer({"content": [{"type": "text", "text": "a"}]}), "a"),
        (answer(None), ""),
        ({"choices": []}, ""),
        ({"choices": [5]}, ""),
    ],
)
def test_odd_answers_are_decoded_as_far_as_they_go(data: dict[str, Any], text: str) -> None:
    assert CHAT.decode_response(data).text == text


def test_what_is_no_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="choices"):
        CHAT.decode_response({"error": "no"})


def test_an_answer_of_a_plugin_is_a_chat_completion(identity: AnswerIdentity) -> None:
    response = LLMResponse(
        "hi", (ToolCall(0, "a", "f", "{}"), ToolCall(1, None, "g", "")), "tool_calls", Usage(1, 2, 3)
    )
    encoded = CHAT.encode_response(response, identity, None)
    ChatCompletion.model_validate(encoded)
    decoded = CHAT.decode_response(encoded)
    assert (decoded.text, decoded.tool_calls[0], decoded.finish_reason, decoded.usage) == (
        "hi", response.tool_calls[0], "tool_calls", Usage(1, 2, 3),
    )  # fmt: skip
    assert decoded.tool_calls[1].id
    assert (encoded["id"], encoded["model"], encoded["created"]) == ("resp_1", "my-model", 1735689600)


def test_an_answer_without_usage_or_text(identity: AnswerIdentity) -> None:
    encoded = CHAT.encode_response(LLMResponse(tool_calls=(ToolCall(0, "a", "f", ""),)), identity, None)
    assert "usage" not in encoded
    assert encoded["choices"][0]["message"]["content"] is None


def test_a_chat_completion_is_its_own_translation(identity: AnswerIdentity) -> None:
    data = answer({"content": "x"})
    assert CHAT.encode_response(CHAT.decode_response(data), identity, data) == data


def test_a_message_is_told_as_a_stream_would() -> None:
    message = {"reasoning": "r", "content": "c", "refusal": "n", "function_call": {"name": "f", "arguments": "1"}}
    assert [(chunk.kind, chunk.text) for chunk in message_chunks(message)] == [
        ("reasoning", "r"), ("text", "c"), ("refusal", "n"), ("tool_call", ""),
    ]  # fmt: skip
    assert list(read_tool_calls(message)) == [ToolCall(0, None, "f", "1")]
    assert first_choice({"choices": [{"x": 1}]}) == {"x": 1}
