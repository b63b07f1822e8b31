"""Messages and answers in the form of the GenAI conventions."""

import json

import pytest
from routeiq_plugin_sdk import LLMResponse, ToolCall

pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")

from routeiq.adapters.opentelemetry.content import input_messages, output_messages


def test_a_conversation_is_roles_and_parts():
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}
    messages = [
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": [{"type": "text", "text": "hé"}, {"type": "image_url", "image_url": {"url": "x"}}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "rainy"},
    ]
    assert json.loads(input_messages(messages)) == [
        {"role": "system", "parts": [{"type": "text", "content": "be kind"}]},
        {"role": "user", "parts": [{"type": "text", "content": "hé"}, {"type": "image_url"}]},
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "Paris"}}],
        },
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "rainy"}]},
    ]


def test_what_makes_no_sense_is_written_down_all_the_same():
    messages = [
        {"content": ["text", 7, {"type": "text"}]},
        {"role": "assistant", "tool_calls": ["x", {"function": {"name": "f", "arguments": "no JSON"}}]},
        {"role": "user", "content": object(), "tool_calls": 7},
    ]
    first, second, third = json.loads(input_messages(messages))
    assert first == {"role": "user", "parts": [{"type": "text", "content": "text"}, {"type": "int"}, {"type": "text"}]}
    assert second["parts"] == [{"type": "tool_call", "id": None, "name": "f", "arguments": "no JSON"}]
    assert third["parts"] == []


def test_an_answer_is_its_first_choice():
    response = LLMResponse("hello", (ToolCall(0, "c1", "f", "{}"),), "tool_calls")
    assert json.loads(output_messages(response)) == [
        {
            "role": "assistant",
            "parts": [
                {"type": "text", "content": "hello"},
                {"type": "tool_call", "id": "c1", "name": "f", "arguments": {}},
            ],
            "finish_reason": "tool_calls",
        }
    ]
    assert json.loads(output_messages(LLMResponse("")))[0]["parts"] == []
