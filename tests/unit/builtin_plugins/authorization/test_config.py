"""What an operator may write."""

import pytest
from pydantic import ValidationError
from routeiq_plugin_sdk import Principal

from routeiq_builtin_plugins.authorization.config import Config


def test_what_is_written_is_what_is_judged():
    written = {"name": "dev", "roles": ["developer"], "methods": ["GET"], "paths": ["/v1/*"], "models": ["gpt-*"]}
    judge = Config.model_validate({"rules": [written]}).judge
    alice = Principal("alice", frozenset({"developer"}))
    assert judge.call(alice, "GET", "/v1/x", {"gpt-9"}).rule == "dev"
    assert not judge.call(alice, "GET", "/v1/x", {"other"}).allowed


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"rules": [{"name": "one"}, {"name": "one"}]}, "several rules have the name 'one'"),
        ({"rules": [{"name": "one", "roles": []}]}, "would never fit"),
        ({"rules": [{"name": "one", "models": []}]}, "would never fit"),
        ({"rules": [{"name": "one", "paths": ["v1"]}]}, "must begin with"),
        ({"rules": [{"name": "one", "methods": ["get"]}]}, "match pattern"),
        ({"rules": [{"name": "one", "effect": "permit"}]}, "Input should be"),
        ({"rules": [{"name": "one", "role": ["x"]}]}, "Extra inputs"),
        ({"rule": []}, "Extra inputs"),
    ],
)
def test_what_is_wrong_is_refused(values, said):
    with pytest.raises(ValidationError, match=said):
        Config.model_validate(values)
