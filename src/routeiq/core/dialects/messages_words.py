"""The words of Anthropic's API: why an answer ended, and what kind an error is (docs.anthropic.com, "Errors")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_STOP_REASONS: Final[Mapping[str, str]] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
}
_FINISH_REASONS: Final[Mapping[str, str]] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
_ERRORS: Final[Mapping[int, str]] = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def stop_reason(finish_reason: str | None) -> str:
    """Return a finish reason of chat completions in the words of this API."""
    return _STOP_REASONS.get(finish_reason or "stop", "end_turn")


def finish_reason_of(reason: object) -> str:
    """Return a stop reason in the words of chat completions."""
    return _FINISH_REASONS.get(reason, "stop") if isinstance(reason, str) else "stop"


def error_document(status: int, message: str) -> dict[str, Any]:
    """Return an error of this API."""
    kind = _ERRORS.get(status) or ("api_error" if status >= 500 else "invalid_request_error")
    return {"type": "error", "error": {"type": kind, "message": message}}
