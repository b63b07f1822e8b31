"""What an operator can set of the plugin `upskill-evaluator`."""

import pytest
from pydantic import ValidationError

from routeiq_builtin_plugins.upskill_evaluator.config import PASSED_ON, Config, Scoring


def test_the_longest_name_that_fits_says_how_long_a_call_may_take():
    scoring = Scoring(targets={"files": 0.5, "files/read": 0.1})
    assert scoring.seconds("tool", "files", "read") == 0.1
    assert scoring.seconds("tool", "files", "write") == 0.5
    assert [scoring.seconds(kind, "other", "read") for kind in ("tool", "agent", "llm")] == [2, 30, 10]


def test_no_key_of_a_provider_is_passed_on_unless_it_is_named():
    assert Config().skills.pass_environment == PASSED_ON
    assert not any("KEY" in name or "TOKEN" in name for name in PASSED_ON)


@pytest.mark.parametrize(
    "wrong",
    [{"scoring": {"latency_weight": 2}}, {"scoring": {"targets": {"a": 0}}}, {"skills": {"runs": 0}},
     {"skills": {"tests": "../tests.json"}}, {"skills": {"interval": 0}}, {"skils": {}}],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        Config(**wrong)
