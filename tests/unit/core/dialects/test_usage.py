from __future__ import annotations

from openai.types import CompletionUsage
from openai.types.responses import ResponseUsage
from routeiq_plugin_sdk import Usage

from routeiq.core.dialects.usage import (
    changed_chat_usage,
    chat_usage,
    read_chat_usage,
    read_responses_usage,
    responses_usage,
)

USAGE = Usage(10, 5, 15, 4, 2)


def test_both_forms_are_valid_and_read_back_the_same() -> None:
    CompletionUsage.model_validate(chat_usage(USAGE))
    ResponseUsage.model_validate(responses_usage(USAGE))
    assert read_chat_usage(chat_usage(USAGE)) == USAGE
    assert read_responses_usage(responses_usage(USAGE)) == USAGE


def test_a_missing_total_is_the_sum() -> None:
    assert read_chat_usage({"prompt_tokens": 1, "completion_tokens": 2}) == Usage(1, 2, 3)
    assert read_responses_usage({"input_tokens": 1, "output_tokens": 2}) == Usage(1, 2, 3)


def test_a_changed_usage_keeps_what_else_it_tells() -> None:
    assert changed_chat_usage({"total_tokens": 1, "vendor": 2}, USAGE) == {**chat_usage(USAGE), "vendor": 2}
    assert changed_chat_usage(5, USAGE) == chat_usage(USAGE)
    assert changed_chat_usage({}, None) is None


def test_what_is_no_usage_is_none_and_wrong_numbers_are_nought() -> None:
    assert read_chat_usage(None) is None
    assert read_responses_usage([]) is None
    assert read_chat_usage({"prompt_tokens": "7", "prompt_tokens_details": 5}) == Usage()
