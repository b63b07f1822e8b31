"""Kept answers."""

import json

import pytest
from routeiq_plugin_sdk import LLMResponse, ToolCall, Usage

from routeiq_builtin_plugins.response_cache.entries import Entry, is_complete, is_plain, size

RESPONSE = LLMResponse("text", (ToolCall(0, "c", "f", "{}"),), "tool_calls", Usage(1, 2, 3, 4, 5, True), 0.0)


@pytest.mark.parametrize("response", [RESPONSE, LLMResponse("é", cost=0.0)])
def test_what_is_stored_comes_back(response):
    entry = Entry(response, 100.0, 60.0)
    assert Entry.of_json(json.loads(json.dumps(entry.to_json()))) == entry
    assert (entry.age(130), entry.age(90)) == (30, 0)
    assert size(entry.to_json()) == len(json.dumps(entry.to_json()))


@pytest.mark.parametrize("stored", [{}, [], "x", 3, {"text": "x"}, {**Entry(RESPONSE, 1, 1).to_json(), "calls": [[1]]}])
def test_what_another_release_has_stored_is_no_answer(stored):
    assert Entry.of_json(stored) is None


@pytest.mark.parametrize(
    ("response", "complete", "with_tools"),
    [
        (LLMResponse("x"), True, True),
        (LLMResponse(""), False, False),
        (LLMResponse("x", finish_reason="length"), False, False),
        (LLMResponse("x", finish_reason="content_filter"), False, False),
        (LLMResponse("x", finish_reason=""), False, False),
        (RESPONSE, False, True),
    ],
)
def test_only_whole_answers_are_given_again(response, complete, with_tools):
    assert is_complete(response, tool_calls=False) == complete
    assert is_complete(response, tool_calls=True) == with_tools


def chat(message=None, **choice):
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": "x", **(message or {})}, **choice}]}


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        (None, True),
        (chat(), True),
        (chat({"refusal": None, "annotations": [], "tool_calls": [{}]}, logprobs=None), True),
        (chat({"refusal": "no"}), False),
        (chat({"reasoning_content": "hm"}), False),
        (chat({"never_heard_of": 1}), False),
        (chat(logprobs={"content": []}), False),
        ({"choices": [*chat()["choices"], *chat()["choices"]]}, False),
        ({"choices": []}, False),
        ({"choices": [{"text": "x", "logprobs": None}]}, True),
        ({"choices": ["odd"]}, False),
        ({"content": [{"type": "text", "text": "x", "citations": None}, {"type": "tool_use"}]}, True),
        ({"content": [{"type": "thinking"}]}, False),
        ({"content": [{"type": "text", "citations": [{}]}]}, False),
        ({"output": [{"type": "message", "content": [{"type": "output_text", "annotations": []}]}]}, True),
        ({"output": [{"type": "function_call"}, {"type": "reasoning"}]}, False),
        ({"output": [{"type": "message", "content": [{"type": "refusal"}]}, "odd"]}, False),
        ({}, False),
    ],
)
def test_what_says_more_than_text_and_tool_calls_is_not_kept(raw, plain):
    assert is_plain(raw) == plain
