"""A whole answer as a stream of events."""

import json

from routeiq_plugin_sdk import LLMResponse, ToolCall, Usage

from routeiq.core.replay import chat_events


def documents(response, **options):
    options = {"id": "c1", "model": "m", "created": 7, "include_usage": False, **options}
    events = list(chat_events(response, **options))
    assert events[-1] == b"data: [DONE]\n\n"
    return [json.loads(event.removeprefix(b"data: ")) for event in events[:-1]]


def test_text_is_sent_in_the_given_pieces_and_then_the_finish_reason():
    sent = documents(LLMResponse("a b", finish_reason="length"), pieces=["a", "", " b"])
    assert [one["choices"][0]["delta"].get("content") for one in sent] == ["", "a", " b", None]
    assert sent[-1]["choices"][0]["finish_reason"] == "length"
    assert {one["id"] for one in sent} == {"c1"}


def test_tool_calls_and_usage_are_sent_when_there_are_any():
    response = LLMResponse("", (ToolCall(0, "t1", "look", '{"a": 1}'),), "tool_calls", Usage(3, 4, 7))
    sent = documents(response, include_usage=True)
    call = sent[1]["choices"][0]["delta"]["tool_calls"][0]
    assert call == {"index": 0, "id": "t1", "type": "function", "function": {"name": "look", "arguments": '{"a": 1}'}}
    assert sent[-1]["choices"] == []
    assert sent[-1]["usage"]["total_tokens"] == 7
