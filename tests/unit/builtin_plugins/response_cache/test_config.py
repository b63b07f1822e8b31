"""What an operator can set of `response-cache`."""

import pytest
from pydantic import ValidationError

from routeiq_builtin_plugins.response_cache.config import Config


@pytest.mark.parametrize(
    "wrong",
    [
        {"share": "everybody"}, {"ttl": 0}, {"shared": "all"}, {"wait": -1}, {"semantic": {}},
        {"semantic": {"model": "m", "plugin": "p"}}, {"semantic": {"model": "m", "threshold": 1.1}},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        Config(**wrong)


def test_by_default_nothing_is_shared_and_only_the_very_same_question_is_found():
    assert (Config().share, Config().semantic) == ("key", None)
