"""What several plugins want to know of a call before it is made: whom it is for, and how much it may need."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from routeiq_plugin_sdk import Principal

BYTES_PER_TOKEN: Final = 4
"""Of a prompt, roughly; bytes rather than characters, since those of many scripts are tokens of their own."""
TOKENS_PER_ATTACHMENT: Final = 1000
"""Of an image, a sound or a file, roughly: a picture of full detail has about as many."""


@dataclass(frozen=True, slots=True)
class Expected:
    """How many tokens a call may need: of its prompt an estimate, of its answer a bound."""

    prompt: int
    answer: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.prompt + self.answer


def named_user(kwargs: Mapping[str, Any]) -> str | None:
    """Return whom the client names as its user: `user`, `safety_identifier`, or Anthropic's `metadata.user_id`."""
    metadata = kwargs.get("metadata")
    named = metadata.get("user_id") if isinstance(metadata, Mapping) else None
    for value in (kwargs.get("user"), kwargs.get("safety_identifier"), named):
        if isinstance(value, str) and value:
            return value
    return None


def tenant_of(principal: Principal | None, field: str) -> str | None:
    """Return the tenant that a principal's metadata names, or None."""
    value = principal.metadata.get(field) if principal is not None else None
    return str(value) if isinstance(value, str | int) and value != "" else None


def answer_bound(kwargs: Mapping[str, Any], otherwise: int) -> int:
    """Return how many tokens an answer may have: the client's own bound, or another one; all choices together."""
    answer = otherwise
    for name in ("max_completion_tokens", "max_output_tokens", "max_tokens"):
        value = kwargs.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            answer = value
            break
    choices = kwargs.get("n")
    return answer * choices if isinstance(choices, int) and choices > 1 else answer


def expected_tokens(messages: Sequence[Mapping[str, Any]], kwargs: Mapping[str, Any], otherwise: int) -> Expected:
    """Return what a call may need: messages with their tool calls and attachments, the tools on offer, the answer.

    Args:
        messages: The conversation.
        kwargs: The other parameters.
        otherwise: How many tokens an answer may have where the client gives no bound.
    """
    size = attachments = 0
    for message in messages:
        content = message.get("content")
        for part in content if isinstance(content, list | tuple) else (content,):
            text = part.get("text") if isinstance(part, Mapping) else part
            if isinstance(text, str):
                size += len(text.encode("utf-8", "replace"))
            elif part is not None:
                attachments += 1
        size += _size(message.get("tool_calls"))
    size += _size(kwargs.get("tools"))
    prompt = -(-size // BYTES_PER_TOKEN) + attachments * TOKENS_PER_ATTACHMENT
    return Expected(prompt, answer_bound(kwargs, otherwise))


def _size(value: object) -> int:
    return len(json.dumps(value, default=str)) if value else 0
