"""What is wrong with a configuration of `circuit-breaker` is said."""

import pytest
from pydantic import ValidationError

from routeiq_builtin_plugins.circuit_breaker.config import Config


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"open_seconds": 60, "max_open_seconds": 30}, "max_open_seconds must be at least open_seconds"),
        ({"statuses": [200]}, "statuses"),
        ({"failure_rate": 0}, "failure_rate"),
        ({"treshold": 3}, "treshold"),
    ],
)
def test_what_makes_no_sense_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        Config(**fields)
