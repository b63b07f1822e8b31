"""What every store of the operator's state takes."""

import math

import pytest

from routeiq.core.state import encoded


@pytest.mark.parametrize("value", [object(), math.nan, {1, 2}])
def test_what_json_cannot_hold_is_refused(value):
    with pytest.raises(ValueError, match="JSON"):
        encoded({"a": value})


def test_a_cycle_is_refused():
    cycle: list[object] = []
    cycle.append(cycle)
    with pytest.raises(ValueError, match="Circular"):
        encoded(cycle)


def test_what_json_can_hold_is_as_short_as_it_can_be():
    assert encoded({"a": [1, "ä"]}) == '{"a":[1,"\\u00e4"]}'
