"""What can be said of the guard."""

import pytest
from pydantic import ValidationError

from routeiq_builtin_plugins.pii_guard.config import Config


def test_by_default_everything_gets_a_placeholder():
    assert Config().action_of("EMAIL") == "placeholder"
    assert Config(actions={"EMAIL": "block"}).action_of("EMAIL") == "block"


def test_hashes_need_a_key():
    with pytest.raises(ValidationError, match="needs a hash_key"):
        Config(actions={"PHONE": "hash"})
    assert Config(action="hash", hash_key="k")


@pytest.mark.parametrize("wrong", [{"actions": {"NAME": "mask"}}, {"action": "hide"}, {"actoin": "mask"}])
def test_misspelt_options_are_refused(wrong):
    with pytest.raises(ValidationError):
        Config.model_validate(wrong)
