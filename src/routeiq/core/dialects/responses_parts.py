"""Content parts of the Responses API and of chat messages, each as the other.

A part that has no counterpart stays as it is in the reading that plugins get, and is an InvalidRequest where a request
has to be translated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .dialect import InvalidRequest

_TEXTS: Final = frozenset({"input_text", "output_text", "text", "summary_text", "reasoning_text"})
_KEPT: Final = ("prompt_cache_breakpoint",)


def lacking(what: str, param: str) -> InvalidRequest:
    """Return the error for what a chat-only upstream cannot do."""
    return InvalidRequest(f"This model is served over chat completions, which have no equivalent of {what}.", param)


def chat_content(content: object, *, strict: bool = False) -> Any:
    """Return a content as a chat message has it; a single part of text as a string.

    Raises:
        InvalidRequest: if strict, for a part that chat messages cannot hold.
    """
    if not isinstance(content, list):
        return content
    parts = [chat_part(part, strict=strict) for part in content]
    if len(parts) == 1 and _is_plain_text(parts[0]):
        return parts[0]["text"]
    return parts


def _is_plain_text(part: object) -> bool:
    return isinstance(part, dict) and part.keys() == {"type", "text"} and isinstance(part["text"], str)


def chat_part(part: Any, *, strict: bool = False) -> Any:
    """Return a part as a chat message has it. Raises InvalidRequest if strict and there is no such part."""
    if not isinstance(part, dict):
        if strict:
            raise InvalidRequest("Each part of a content must be an object with a 'type'.", "input")
        return part
    kind = part.get("type")
    kept = {name: part[name] for name in _KEPT if name in part}
    if kind in _TEXTS:
        return {"type": "text", "text": part.get("text") or "", **kept}
    if kind == "refusal":
        return {"type": "refusal", "refusal": part.get("refusal") or ""}
    if kind == "input_image" and isinstance(part.get("image_url"), str):
        image = {"url": part["image_url"]}
        if part.get("detail") is not None:
            image["detail"] = part["detail"]
        return {"type": "image_url", "image_url": image, **kept}
    if kind == "input_file" and not part.get("file_url"):
        file = {name: part[name] for name in ("file_data", "file_id", "filename") if part.get(name) is not None}
        return {"type": "file", "file": file, **kept}
    if kind == "input_audio":
        return part
    if strict:
        raise lacking(f"content of type {kind!r} as it is given here", "input")
    return part


def item_content(content: Any, text_type: str) -> Any:
    """Return the content of a chat message as an item has it; strings stay strings.

    Args:
        text_type: What a part of text is called: `input_text` or, of the assistant, `output_text`.
    """
    if isinstance(content, list | tuple):
        return [item_part(part, text_type) for part in content]
    return "" if content is None else content


def item_part(part: Any, text_type: str) -> Any:
    """Return a part of a chat message as an item has it."""
    if isinstance(part, str):
        return {"type": text_type, "text": part}
    if not isinstance(part, Mapping):
        return part
    kind = part.get("type")
    kept = {name: part[name] for name in _KEPT if name in part}
    if kind == "text":
        return {"type": text_type, "text": part.get("text") or "", **kept}
    if kind == "image_url":
        image = part.get("image_url")
        if isinstance(image, Mapping):
            return {"type": "input_image", "image_url": image.get("url"), "detail": image.get("detail", "auto"), **kept}
        return {"type": "input_image", "image_url": image, "detail": "auto", **kept}
    if kind == "file" and isinstance(part.get("file"), Mapping):
        return {"type": "input_file", **part["file"], **kept}
    return part


def merged_content(old: Any, new: Any, text_type: str) -> Any:
    """Return a changed content in the form that the old one has; parts that did not change stay what they were.

    Args:
        new: Of a chat message.
    """
    if not isinstance(old, list):
        return item_content(new, text_type)
    if isinstance(new, str):
        if len(old) == 1 and isinstance(chat_content(old), str):
            return [_with_text(old[0], new)]
        return new
    if not isinstance(new, list | tuple):
        return item_content(new, text_type)
    return [
        _merged_part(old[position], part, text_type) if position < len(old) else item_part(part, text_type)
        for position, part in enumerate(new)
    ]


def _merged_part(old: Any, new: Any, text_type: str) -> Any:
    before = chat_part(old)
    if before == new:
        return old
    if isinstance(new, Mapping) and new.get("type") == "text" and isinstance(before, dict) and before["type"] == "text":
        return _with_text(old, new.get("text") or "")
    return item_part(new, text_type)


def _with_text(part: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Return a part with other text, without what told the tokens of the old one."""
    return {**{name: value for name, value in part.items() if name != "logprobs"}, "text": text}
