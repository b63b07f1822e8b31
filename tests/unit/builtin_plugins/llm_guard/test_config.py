"""What is wrong with a configuration of `llm-guard` is said."""

import pytest
from pydantic import ValidationError

from routeiq_builtin_plugins.llm_guard.config import Config


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"window": 100, "window_overlap": 100}, "window_overlap must be below window"),
        ({"parallel": True, "direction": "out"}, "parallel is about what is asked"),
        ({"template": "moderation", "thresholds": {"hate": 2}}, "the threshold of 'hate' must be of 0 to 1"),
        ({"thresholds": {"hate": 0.5}}, "llama-guard gives no scores"),
        ({"template": "json"}, "the template json needs a policy"),
        ({"policy": "no jokes"}, "the template llama-guard has no place for a policy"),
        ({"categories": {"S1": "warn"}}, "categories"),
        ({"on_eror": "allow"}, "on_eror"),
    ],
)
def test_what_makes_no_sense_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        Config(**fields)


def test_a_verdict_belongs_to_what_was_asked_and_not_to_what_follows_from_it():
    assert Config().question == Config(categories={"S1": "flag"}, timeout=1).question
    assert Config().question != Config(model="other").question
    assert Config(template="json", policy="a").question != Config(template="json", policy="b").question
    assert "S14: Code Interpreter Abuse." in Config().rules
    assert Config(template="json", policy=" no jokes ").rules == "no jokes"
