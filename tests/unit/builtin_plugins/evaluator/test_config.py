"""What an operator can set of the plugin `evaluator`."""

import pytest
from pydantic import ValidationError

from routeiq_builtin_plugins.evaluator.config import Config


def test_the_default_has_every_call_evaluated():
    policy = Config().policy
    assert policy.sample_rates == {"tool": 1, "agent": 1, "llm": 1}
    assert (policy.concurrency, policy.queue, policy.timeout) == (4, 100, 30)


def test_kinds_have_rates_of_their_own():
    config = Config(kinds=["tool", "llm"], sample_rate=0.5, sample_rates={"llm": 0.01, "agent": 1})
    assert config.policy.sample_rates == {"tool": 0.5, "llm": 0.01}


@pytest.mark.parametrize(
    "wrong",
    [{"sample_rate": 1.1}, {"sample_rates": {"llms": 1}}, {"kinds": ["tools"]}, {"concurrency": 0}, {"timeout": 0},
     {"queue": -1}, {"log": "some"}, {"sampel_rate": 1}],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        Config(**wrong)
