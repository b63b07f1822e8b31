"""The words of Anthropic's API."""

import pytest

from routeiq.core.dialects.messages_words import error_document, finish_reason_of, stop_reason


@pytest.mark.parametrize("finish_reason", ["stop", "length", "tool_calls", "content_filter"])
def test_reasons_go_there_and_back(finish_reason):
    assert finish_reason_of(stop_reason(finish_reason)) == finish_reason


def test_unknown_reasons_are_an_end():
    assert stop_reason(None) == stop_reason("new") == "end_turn"
    assert finish_reason_of(None) == finish_reason_of("stop_sequence") == finish_reason_of(7) == "stop"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "invalid_request_error"), (401, "authentication_error"), (404, "not_found_error"),
     (418, "invalid_request_error"), (429, "rate_limit_error"),
     (500, "api_error"), (502, "api_error"), (529, "overloaded_error")],
)  # fmt: skip
def test_an_error_has_its_kind(status, kind):
    assert error_document(status, "no") == {"type": "error", "error": {"type": kind, "message": "no"}}
