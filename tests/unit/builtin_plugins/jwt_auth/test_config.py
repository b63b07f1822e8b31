"""What an operator may write."""

import pytest
from pydantic import ValidationError

from routeiq_builtin_plugins.jwt_auth.config import Config

GOOD = {"issuer": "https://i/", "audience": ["a"], "jwks_url": "https://i/keys"}


def test_without_a_configuration_there_is_no_issuer():
    assert Config().issuer == ""


def test_the_least_that_is_needed_is_enough():
    assert Config.model_validate(GOOD).algorithms == ("RS256", "ES256")


@pytest.mark.parametrize(
    "change",
    [
        {"algorithms": ["none"]},
        {"algorithms": ["HS256"]},
        {"algorithms": []},
        {"audience": []},
        {"issuer": ""},
        {"jwks_url": "file:///etc/passwd"},
        {"leeway": 601},
        {"refresh": 1},
        {"audiences": ["a"]},
    ],
)
def test_what_would_let_anybody_in_or_is_misspelt_is_refused(change):
    with pytest.raises(ValidationError):
        Config.model_validate({**GOOD, **change})
