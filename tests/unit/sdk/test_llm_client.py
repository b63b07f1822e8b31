"""What a plugin is told of a call of a model that has no answer."""

import pickle

from routeiq_plugin_sdk import LLMError, LLMUnavailable, Reject


def test_an_error_says_what_happened_with_status_and_code():
    error = LLMError(429, "Too many tokens.", "rate_limit_exceeded")
    assert (error.status_code, error.message, error.code) == (429, "Too many tokens.", "rate_limit_exceeded")
    assert str(error) == "Too many tokens. (429, rate_limit_exceeded)"
    assert str(LLMError(500, "It broke.")) == "It broke. (500)"
    assert error.rejection is None
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_decision_of_another_plugin_is_told_from_a_failure():
    refusal = Reject(402, "The budget is spent.", "insufficient_quota")
    assert LLMError(402, refusal.message, refusal.code, refusal).rejection is refusal


def test_one_except_clause_is_enough():
    assert issubclass(LLMUnavailable, LLMError)
