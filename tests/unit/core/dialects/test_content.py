from __future__ import annotations

from typing import Any

import pytest

from routeiq.core.dialects.content import content_text, message_text, part_text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("hi", "hi"),
        (None, ""),
        (5, ""),
        ([{"type": "text", "text": "a"}, "b", {"type": "image_url", "image_url": {}}, 7, {"text": 5}], "ab"),
        (({"type": "text", "text": "a"},), "a"),
    ],
)
def test_content_is_read_as_text(content: object, text: str) -> None:
    assert content_text(content) == text


def test_a_part_of_any_api_is_read_as_text() -> None:
    assert [part_text(part) for part in ("a", {"type": "input_text", "text": "b"}, None)] == ["a", "b", ""]


@pytest.mark.parametrize(
    ("calls", "text"),
    [
        (None, "x"),
        ([{"function": {"name": "f", "arguments": "{}"}}, {"custom": {"name": "g", "input": "i"}}], "xf{}gi"),
        ([None, {"function": 5}], "x"),
    ],
)
def test_tool_calls_belong_to_the_text_of_a_message(calls: Any, text: str) -> None:
    assert message_text({"content": "x", "tool_calls": calls}) == text
