from __future__ import annotations

from typing import Any

import pytest

from routeiq.core.dialects import InvalidRequest
from routeiq.core.dialects.responses_parts import (
    chat_content,
    chat_part,
    item_content,
    item_part,
    lacking,
    merged_content,
)

PAIRS = [
    ({"type": "input_text", "text": "a"}, {"type": "text", "text": "a"}),
    (
        {"type": "input_image", "image_url": "http://x", "detail": "high"},
        {"type": "image_url", "image_url": {"url": "http://x", "detail": "high"}},
    ),
    ({"type": "input_file", "file_id": "f"}, {"type": "file", "file": {"file_id": "f"}}),
    (
        {"type": "input_file", "file_data": "d", "filename": "n"},
        {"type": "file", "file": {"file_data": "d", "filename": "n"}},
    ),
    ({"type": "input_audio", "input_audio": {"data": "d"}}, {"type": "input_audio", "input_audio": {"data": "d"}}),
    ({"type": "refusal", "refusal": "no"}, {"type": "refusal", "refusal": "no"}),
    (
        {"type": "input_text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit"}},
        {"type": "text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit"}},
    ),
]


@pytest.mark.parametrize(("item", "chat"), PAIRS)
def test_parts_are_the_same_in_both_forms(item: Any, chat: Any) -> None:
    assert chat_part(item, strict=True) == chat
    assert item_part(chat, "input_text") == item


def test_texts_of_all_names_are_text() -> None:
    for kind in ("output_text", "text", "summary_text"):
        assert chat_part({"type": kind, "text": "a", "annotations": []}) == {"type": "text", "text": "a"}
    assert item_part({"type": "text", "text": "a"}, "output_text") == {"type": "output_text", "text": "a"}
    assert item_part("a", "input_text") == {"type": "input_text", "text": "a"}


def test_images_may_leave_the_detail_out() -> None:
    assert chat_part({"type": "input_image", "image_url": "u"}) == {"type": "image_url", "image_url": {"url": "u"}}
    expected = {"type": "input_image", "image_url": "u", "detail": "auto"}
    assert item_part({"type": "image_url", "image_url": {"url": "u"}}, "input_text") == expected
    assert item_part({"type": "image_url", "image_url": "u"}, "input_text") == expected


@pytest.mark.parametrize(
    "part", [{"type": "input_image", "file_id": "f"}, {"type": "input_file", "file_url": "u"}, {"type": "new"}, 5, None]
)
def test_parts_without_counterpart_stay_or_are_refused(part: Any) -> None:
    assert chat_part(part) is part
    assert item_part(part, "input_text") is part
    with pytest.raises(InvalidRequest):
        chat_part(part, strict=True)


def test_a_single_text_is_a_string() -> None:
    assert chat_content([{"type": "input_text", "text": "a"}]) == "a"
    assert chat_content("a") == "a"
    assert chat_content([]) == []
    assert chat_content([{"type": "input_text", "text": "a"}] * 2) == [{"type": "text", "text": "a"}] * 2
    assert item_content(None, "input_text") == ""
    assert item_content([{"type": "text", "text": "a"}], "input_text") == [{"type": "input_text", "text": "a"}]


def test_a_changed_content_keeps_its_form_and_its_other_parts() -> None:
    old = [{"type": "output_text", "text": "a", "annotations": [1], "logprobs": [2]}]
    assert merged_content(old, "b", "output_text") == [{"type": "output_text", "text": "b", "annotations": [1]}]
    image = {"type": "input_image", "image_url": "u", "detail": "low"}
    mixed = [image, {"type": "input_text", "text": "a"}]
    parts = [chat_part(image), {"type": "text", "text": "b"}, {"type": "text", "text": "c"}]
    merged = merged_content(mixed, parts, "input_text")
    assert merged[0] is image
    assert merged[1:] == [{"type": "input_text", "text": "b"}, {"type": "input_text", "text": "c"}]
    assert merged_content(mixed, [{"type": "text", "text": "t"}], "input_text") == [{"type": "input_text", "text": "t"}]
    assert merged_content(mixed, "b", "input_text") == "b"
    assert merged_content("a", "b", "input_text") == "b"
    assert merged_content(mixed, None, "input_text") == ""


def test_what_is_lacking_names_its_parameter() -> None:
    assert lacking("'x'", "x").param == "x"
