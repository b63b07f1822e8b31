from __future__ import annotations

from typing import Any

from openai.types.responses import ResponseTextDeltaEvent
from routeiq_plugin_sdk import ToolCall

from routeiq.core.dialects.responses_events import (
    DELTAS,
    DONES,
    item_calls,
    key_of,
    number,
    read_call,
    text_field,
    unseen,
)

MESSAGE = {
    "type": "message",
    "content": [{"type": "output_text", "text": "a"}, {"type": "refusal", "refusal": "b"}, {}],
}
CALL = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}


def told(item: Any, seen: set[Any], calls: dict[int, int]) -> list[Any]:
    return [(key, chunk.kind, chunk.text or chunk.tool_call) for key, chunk in unseen(2, item, seen, calls)]


def test_every_delta_has_its_end() -> None:
    assert {kind.replace(".delta", ".done") for kind in DELTAS} == set(DONES)
    assert all(DONES[kind.replace(".delta", ".done")][:3] == tuple(delta) for kind, delta in DELTAS.items())
    assert "response.output_text.delta" in ResponseTextDeltaEvent.model_fields["type"].annotation.__args__  # type: ignore[union-attr]


def test_content_is_where_its_event_says() -> None:
    data = {"output_index": 2, "content_index": 1, "summary_index": 3}
    assert key_of(data, DELTAS["response.output_text.delta"]) == ("content", 2, 1)
    assert key_of(data, DELTAS["response.reasoning_summary_text.delta"]) == ("summary", 2, 3)
    assert key_of(data, DONES["response.function_call_arguments.done"]) == ("call", 2, 0)
    assert number({"output_index": "x"}, "output_index") == number({}, "x") == number({}, None) == 0


def test_what_an_item_holds_is_told_once() -> None:
    assert told(MESSAGE, set(), {}) == [(("content", 2, 0), "text", "a"), (("content", 2, 1), "refusal", "b")]
    assert told(MESSAGE, {("content", 2, 0)}, {}) == [(("content", 2, 1), "refusal", "b")]
    assert told(CALL, set(), {0: 0}) == [(("call", 2, 0), "tool_call", ToolCall(1, "c", "f", "{}"))]
    assert told(CALL, {("call", 2, 0)}, {2: 0}) == []
    assert told({**CALL, "arguments": ""}, set(), {2: 0}) == []
    assert told({**CALL, "arguments": ""}, set(), {}) == [(("call", 2, 0), "tool_call", ToolCall(0, "c", "f", ""))]
    assert told(5, set(), {}) == told({"type": "message", "content": 5}, set(), {}) == []


def test_parts_and_calls_are_recognised() -> None:
    assert text_field({"type": "summary_text"}) == ("reasoning", "text")
    assert [text_field(part) for part in (None, {}, {"type": []}, {"type": "image"})] == [None] * 4
    assert [item_calls(item) for item in (CALL, {"type": "custom_tool_call"}, MESSAGE, 5, {"type": []})] == [
        "arguments", "input", None, None, None,
    ]  # fmt: skip
    assert read_call({"id": "i", "name": 5, "arguments": None}, 3, "arguments") == ToolCall(3, "i", None, "")
