from __future__ import annotations

from typing import Any

from routeiq_plugin_sdk import StreamChunk, ToolCall

from routeiq.core.dialects.responses_edits import Edits

KEY = ("content", 0, 0)
DELTA: dict[str, Any] = {
    "type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "ab", "logprobs": [1],
}  # fmt: skip
DONE = {"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": "ab", "logprobs": [1]}


def test_without_changes_everything_stays_its_own_object() -> None:
    edits = Edits()
    assert edits.delta(DELTA, KEY, StreamChunk("text", "ab"), same=True) is DELTA
    assert edits.delta(DELTA, KEY, StreamChunk("text", "ab"), same=False) is DELTA
    assert not edits.any
    assert edits.repaired(DONE) is DONE


def test_a_changed_text_is_told_again_as_it_left() -> None:
    edits = Edits()
    assert edits.delta(DELTA, KEY, StreamChunk("text", "*"), same=False) == {**DELTA, "delta": "*", "logprobs": []}
    assert edits.delta(DELTA, KEY, StreamChunk("text", ""), same=False) is None
    edits.add(KEY, "!")
    assert edits.any
    assert edits.repaired(DONE) == {**DONE, "text": "*!", "logprobs": []}


def test_other_contents_are_left_alone() -> None:
    edits = Edits()
    edits.add(("content", 9, 9), "x")
    item = {"type": "message", "content": [{"type": "output_text", "text": "ab"}]}
    for event in (
        DONE,
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.content_part.done", "output_index": 0, "content_index": 0, "part": item["content"][0]},
        {"type": "response.in_progress"},
        {},
    ):
        assert edits.repaired(event) is event
    assert edits.repaired_response({"output": None}) == {"output": None}
    assert edits.repaired_response({"output": [item, 5]})["output"] == [item, 5]


def test_a_text_that_became_a_tool_call_is_gone() -> None:
    edits = Edits()
    assert edits.delta(DELTA, KEY, StreamChunk("tool_call", tool_call=ToolCall()), same=False) is None


def test_an_announced_call_is_renamed_everywhere() -> None:
    edits = Edits()
    item = {"type": "function_call", "call_id": "c", "name": "f", "arguments": ""}
    added = {"type": "response.output_item.added", "output_index": 1, "item": item}
    changed = edits.call_added(added, StreamChunk("tool_call", tool_call=ToolCall(0, "d", "g", "")))
    assert changed["item"] == {**item, "call_id": "d", "name": "g"}
    edits.learn_call(changed)
    done = {"type": "response.function_call_arguments.done", "output_index": 1, "name": "f", "arguments": ""}
    assert edits.repaired(done) == {**done, "name": "g"}
    assert edits.call_added(added, StreamChunk("other")) is added
