"""Token usage in the two forms that OpenAI's APIs write it in."""

from __future__ import annotations

from typing import Any

from routeiq_plugin_sdk import Usage


def _number(mapping: object, name: str) -> int:
    value = mapping.get(name) if isinstance(mapping, dict) else None
    return value if type(value) is int else 0


def read_chat_usage(usage: object) -> Usage | None:
    """Return the usage of chat completions, completions and embeddings; None if there is none."""
    if not isinstance(usage, dict):
        return None
    prompt, completion = _number(usage, "prompt_tokens"), _number(usage, "completion_tokens")
    return Usage(
        prompt,
        completion,
        _number(usage, "total_tokens") or prompt + completion,
        _number(usage.get("prompt_tokens_details"), "cached_tokens"),
        _number(usage.get("completion_tokens_details"), "reasoning_tokens"),
    )


def chat_usage(usage: Usage) -> dict[str, Any]:
    """Return a usage object of chat completions and completions."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }


def changed_chat_usage(old: object, usage: Usage | None) -> dict[str, Any] | None:
    """Return a usage object with other numbers in it; what else it tells stays."""
    if usage is None:
        return None
    return {**(old if isinstance(old, dict) else {}), **chat_usage(usage)}


def read_responses_usage(usage: object) -> Usage | None:
    """Return the usage of the Responses API; None if there is none."""
    if not isinstance(usage, dict):
        return None
    prompt, completion = _number(usage, "input_tokens"), _number(usage, "output_tokens")
    return Usage(
        prompt,
        completion,
        _number(usage, "total_tokens") or prompt + completion,
        _number(usage.get("input_tokens_details"), "cached_tokens"),
        _number(usage.get("output_tokens_details"), "reasoning_tokens"),
    )


def responses_usage(usage: Usage) -> dict[str, Any]:
    """Return a usage object of the Responses API."""
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.total_tokens,
    }


def read_messages_usage(usage: object) -> Usage | None:
    """Return the usage of Anthropic's API, whose `input_tokens` are those that no cache held; None if there is none."""
    if not isinstance(usage, dict):
        return None
    cached = _number(usage, "cache_read_input_tokens")
    prompt = _number(usage, "input_tokens") + cached + _number(usage, "cache_creation_input_tokens")
    completion = _number(usage, "output_tokens")
    return Usage(prompt, completion, prompt + completion, cached)


def messages_usage(usage: Usage | None) -> dict[str, Any]:
    """Return a usage object of Anthropic's API."""
    told = usage or Usage()
    return {
        "input_tokens": max(told.prompt_tokens - told.cached_tokens, 0),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": told.cached_tokens,
        "output_tokens": told.completion_tokens,
    }
