"""Conversations and answers as they are written down."""

from routeiq_plugin_sdk import LLMResponse, ToolCall

from routeiq_builtin_plugins.request_log.contents import input_messages, output_messages, weight_of
from routeiq_builtin_plugins.request_log.redaction import CUT, REDACTED, Redactor

REDACTOR = Redactor(["token"], 8)
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"token": "t", "q": 1}'}}
MESSAGES = [
    {"role": "system", "content": "not written"},
    {"role": "user", "content": ["abc", {"type": "text", "text": "more than eight"}, {"type": "image_url"}, 5]},
    {"role": "assistant", "content": None, "tool_calls": [CALL, "nonsense"]},
    {"role": "tool", "tool_call_id": "c1", "content": '{"token": "t"}'},
]


def test_the_latest_messages_with_every_kind_of_part():
    assert input_messages(MESSAGES, 3, REDACTOR) == [
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "abc"},
                {"type": "text", "content": f"more tha{CUT}"},
                {"type": "image_url"},
                {"type": "int"},
            ],
        },
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": "c1", "name": "f", "arguments": {"token": REDACTED, "q": 1}}],
        },
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": {"token": REDACTED}}]},
    ]


def test_an_answer_with_text_and_a_tool_call():
    response = LLMResponse("some words", (ToolCall(0, "c", "f", "{}"),), "tool_calls")
    assert output_messages(response, REDACTOR) == [
        {
            "role": "assistant",
            "parts": [
                {"type": "text", "content": f"some wor{CUT}"},
                {"type": "tool_call", "id": "c", "name": "f", "arguments": {}},
            ],
            "finish_reason": "tool_calls",
        }
    ]


def test_a_conversation_weighs_as_many_characters_as_its_latest_texts_have():
    assert weight_of(MESSAGES, 3) == len("abc" + "more than eight" + '{"token": "t"}')
    assert weight_of(None, 3) == 0
