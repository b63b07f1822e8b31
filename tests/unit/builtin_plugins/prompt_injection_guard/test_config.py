"""What an operator can set of the plugin `prompt-injection-guard`."""

import pytest
from pydantic import ValidationError

from routeiq_builtin_plugins.prompt_injection_guard.config import Config, adapt


def test_only_what_is_brought_in_is_withheld():
    config = Config()
    assert (config.user.action, config.untrusted.action, config.trusted.action) == ("block", "withhold", "flag")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"user": {"block_at": 0.3}}, "flag_at"), ({"user": {"action": "withhold"}}, "only what is untrusted"),
        ({"trusted": {"action": "withhold"}}, "only what is untrusted"), ({"leak_words": 3}, "8 or more"),
        ({"user": {"block_at": 1.1}}, "block_at"), ({"canaries": ["short"]}, "canaries"), ({"treshold": 1}, "treshold"),
        ({"classifier": {"timeout": 0}}, "timeout"), ({"notice": ""}, "notice"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(fields, problem):
    with pytest.raises(ValidationError, match=problem):
        Config.model_validate(fields)


def test_answers_are_held_only_as_far_as_something_is_looked_for():
    assert adapt(Config()).unused_hooks == {"llm_stream_window"}
    words = adapt(Config(leak_words=20)).stream_window
    assert (words.overlap, words.max_hold) == (0, 1)
    both = adapt(Config(leak_words=20, canaries=["canary-0001", "canary-000002"])).stream_window
    assert (both.overlap, both.max_hold) == (13, 14)
    assert both.size >= 20 * 10
