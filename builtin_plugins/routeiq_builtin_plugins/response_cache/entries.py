"""A kept answer: what of it can be said again, and the form in which it lies in the storage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from routeiq_plugin_sdk import LLMResponse, ToolCall, Usage


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept answer.

    Attributes:
        response: What it says.
        stored_at: When it was kept, in seconds since the epoch.
        ttl: For how many seconds from then on it holds.
    """

    response: LLMResponse
    stored_at: float
    ttl: float

    def age(self, now: float) -> float:
        """Return how old it is, in seconds."""
        return max(0.0, now - self.stored_at)

    def to_json(self) -> dict[str, Any]:
        """Return what is stored."""
        response, usage = self.response, self.response.usage
        return {
            "text": response.text,
            "calls": [[call.id, call.name, call.arguments] for call in response.tool_calls],
            "finish": response.finish_reason,
            "usage": None
            if usage is None
            else [
                usage.prompt_tokens,
                usage.completion_tokens,
                usage.total_tokens,
                usage.cached_tokens,
                usage.reasoning_tokens,
                usage.estimated,
            ],
            "at": self.stored_at,
            "ttl": self.ttl,
        }

    @classmethod
    def of_json(cls, stored: Any) -> Entry | None:
        """Return the entry that was stored; None if that is none, as what another release has stored may be."""
        try:
            usage = stored["usage"]
            calls = tuple(ToolCall(n, one, name, text) for n, (one, name, text) in enumerate(stored["calls"]))
            response = LLMResponse(
                str(stored["text"]), calls, str(stored["finish"]), None if usage is None else Usage(*usage), 0.0
            )
            return cls(response, float(stored["at"]), float(stored["ttl"]))
        except (KeyError, TypeError, ValueError):
            return None


def size(stored: Mapping[str, Any]) -> int:
    """Return how many bytes what is stored has, as JSON."""
    return len(json.dumps(stored))


def is_complete(response: LLMResponse, *, tool_calls: bool) -> bool:
    """Return whether an answer is one to be given again: not cut off, not filtered, not empty.

    Args:
        response: The answer.
        tool_calls: Whether it may call tools.
    """
    if response.tool_calls:
        return tool_calls and response.finish_reason in ("tool_calls", "stop")
    return response.finish_reason == "stop" and bool(response.text)


def is_plain(raw: Mapping[str, Any] | None) -> bool:
    """Return whether an upstream's answer says nothing but a text and tool calls, so that nothing of it would be lost.

    Of chat completions and completions, Anthropic's messages, and the Responses API.
    """
    if raw is None:
        return True
    if isinstance(raw.get("choices"), list):
        return len(raw["choices"]) == 1 and _is_plain_choice(raw["choices"][0])
    if isinstance(raw.get("output"), list):
        return all(_is_plain_item(item) for item in raw["output"])
    blocks = raw.get("content")
    return isinstance(blocks, list) and all(_is_plain_block(block, ("text", "tool_use")) for block in blocks)


def _is_plain_choice(choice: Any) -> bool:
    if not isinstance(choice, Mapping) or choice.get("logprobs"):
        return False
    message = choice.get("message")
    known = {"role", "content", "tool_calls"}
    if not isinstance(message, Mapping):
        return isinstance(choice.get("text"), str)
    return isinstance(message.get("content"), str | None) and not any(
        value for name, value in message.items() if name not in known
    )


def _is_plain_item(item: Any) -> bool:
    if not isinstance(item, Mapping):
        return False
    if item.get("type") == "message":
        return all(_is_plain_block(block, ("output_text",)) for block in item.get("content") or ())
    return item.get("type") == "function_call"


def _is_plain_block(block: Any, kinds: tuple[str, ...]) -> bool:
    if not isinstance(block, Mapping) or block.get("type") not in kinds:
        return False
    return not any(block.get(name) for name in ("citations", "annotations", "logprobs"))
