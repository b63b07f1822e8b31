"""What an operator can set of `cost-tracker`."""

import pytest
from pydantic import ValidationError

from routeiq_builtin_plugins.cost_tracker.config import Budget, Config


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 0}, {"limit": 9_000_001}, {"limit": 1.5, "unit": "tokens"}, {"window": "year"}, {"window": 0},
        {"by": ["key", "key"]}, {"by": ["ip"]}, {"warn_at": [1.5]}, {"warn_at": [0]}, {"name": "A"}, {"limits": 5},
    ],
)  # fmt: skip
def test_a_wrong_budget_is_refused(wrong):
    with pytest.raises(ValidationError):
        Budget(**{"name": "b", "limit": 5, **wrong})


def test_limits_are_counted_in_whole_units():
    assert Budget(name="b", limit="0.5").amount == 500_000_000
    assert Budget(name="b", limit=10**12, unit="tokens").amount == 10**12


def test_two_budgets_of_one_name_are_refused():
    with pytest.raises(ValidationError, match="several budgets have the name 'b'"):
        Config(budgets=[{"name": "b", "limit": 1}, {"name": "b", "limit": 2}])


@pytest.mark.parametrize("path", ["usage", "/v1/usage/", "/a?b", "/a b"])
def test_a_path_is_one(path):
    with pytest.raises(ValidationError):
        Config(usage_path=path)
    assert Config(usage_path="").usage_path == ""
