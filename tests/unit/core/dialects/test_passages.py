"""The texts of whole answers, and other ones in their place."""

import pytest
from routeiq_plugin_sdk import ToolCall

from routeiq.core.dialects.passages import passages, with_passages

CALL = {"id": "t", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
MESSAGE = {"reasoning_content": "hm", "content": "one", "refusal": None, "tool_calls": [CALL]}
CHAT = {"choices": [
    {"index": 0, "logprobs": {"content": []}, "message": MESSAGE},
    {"index": 1, "message": {"content": [{"type": "text", "text": "two"}], "refusal": "no"}},
]}  # fmt: skip
RESPONSES = {"output": [
    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
    {"type": "message", "content": [{"type": "output_text", "text": "one"}, {"type": "refusal", "refusal": "no"}]},
    {"type": "function_call", "call_id": "t", "name": "f", "arguments": '{"a":1}'},
]}  # fmt: skip
MESSAGES = {"content": [
    {"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": "one"},
    {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}},
]}  # fmt: skip


def seen(api, document):
    return [(one.kind, one.text, one.choice) for one in passages(api, document)]


def test_every_text_is_seen():
    call = ("tool_call", '{"a":1}', 0)
    assert seen("chat", CHAT) == [
        ("reasoning", "hm", 0),
        ("text", "one", 0),
        call,
        ("text", "two", 1),
        ("refusal", "no", 1),
    ]
    assert seen("responses", RESPONSES) == [("reasoning", "hm", 0), ("text", "one", 0), ("refusal", "no", 0), call]
    assert seen("messages", MESSAGES) == [("reasoning", "hm", 0), ("text", "one", 0), call]
    assert seen("completion", {"choices": [{"text": "x", "index": 0}]}) == [("text", "x", 0)]
    assert seen("embedding", {"data": []}) == []
    assert passages("messages", MESSAGES)[-1].call == ToolCall(0, "t", "f")


@pytest.mark.parametrize(("api", "document"), [("chat", CHAT), ("responses", RESPONSES), ("messages", MESSAGES)])
def test_what_is_replaced_is_seen_and_the_rest_stays_itself(api, document):
    old = passages(api, document)
    assert with_passages(document, old, [one.text for one in old]) is document
    for position, passage in enumerate(old):
        texts = [one.text for one in old]
        texts[position] = '{"b":2}' if passage.kind == "tool_call" else "changed"
        new = with_passages(document, old, texts)
        assert [one.text for one in passages(api, new)] == texts
    assert [one.text for one in passages(api, document)] == [one.text for one in old]


def test_probabilities_of_replaced_tokens_are_gone():
    old = passages("chat", CHAT)
    new = with_passages(CHAT, old, ["hm", "ONE", *[one.text for one in old[2:]]])
    assert new["choices"][0]["logprobs"] is None
    assert new["choices"][1] is CHAT["choices"][1]


def test_arguments_that_are_an_object_stay_one():
    old = passages("messages", MESSAGES)
    with pytest.raises(ValueError, match="line 1"):
        with_passages(MESSAGES, old, ["hm", "one", "no json"])


@pytest.mark.parametrize(
    "document", [{}, {"choices": [7]}, {"choices": [{"message": 7}]}, {"output": [7]}, {"content": [7]}]
)
def test_nonsense_has_no_texts(document):
    assert [passages(api, document) for api in ("chat", "responses", "messages")] == [[], [], []]
