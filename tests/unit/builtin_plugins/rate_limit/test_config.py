"""What an operator may write."""

import pytest
from pydantic import ValidationError

from routeiq_builtin_plugins.rate_limit.config import Config

LIMIT = {"name": "one", "limit": 1, "window": 1}


@pytest.mark.parametrize(
    ("limit", "of_calls"),
    [
        ({}, False),
        ({"by": []}, False),
        ({"by": ["ip", "key"]}, False),
        ({"by": ["model"]}, True),
        ({"by": ["key", "user"]}, True),
        ({"unit": "tokens"}, True),
    ],
)
def test_a_limit_is_asked_as_soon_as_what_it_goes_by_is_known(limit, of_calls):
    config = Config.model_validate({"limits": [{**LIMIT, **limit}]})
    assert (bool(config.of_requests), bool(config.of_calls)) == (not of_calls, of_calls)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"limits": [LIMIT, LIMIT]}, "several limits have the name 'one'"),
        ({"limits": [{**LIMIT, "by": ["ip", "ip"]}]}, "names something twice"),
        ({"limits": [{**LIMIT, "by": ["team"]}]}, "Input should be"),
        ({"limits": [{**LIMIT, "limit": 0}]}, "greater than or equal to 1"),
        ({"limits": [{**LIMIT, "window": 0}]}, "greater than or equal to 1"),
        ({"limits": [{**LIMIT, "name": 'a";q=9'}]}, "match pattern"),
        ({"limits": [{**LIMIT, "windows": 1}]}, "Extra inputs"),
        ({"limit": []}, "Extra inputs"),
        ({"on_outage": "continue"}, "Input should be"),
    ],
)
def test_what_is_wrong_is_refused(values, said):
    with pytest.raises(ValidationError, match=said):
        Config.model_validate(values)
