"""The times that budgets hold for."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeiq_builtin_plugins.cost_tracker.periods import Period, period

MOMENTS = st.floats(0, 4e9)


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp()


@pytest.mark.parametrize(
    ("window", "moment", "name", "seconds"),
    [
        ("hour", "2026-11-25T19:30:00", "2026-11-25T19", 1800),
        ("day", "2026-11-25T23:59:59", "2026-11-25", 1),
        ("week", "2026-11-25T00:00:00", "2026-W48", 5 * 86400),
        ("week", "2027-01-01T00:00:00", "2026-W53", 3 * 86400),
        ("month", "2026-12-31T12:00:00", "2026-12", 43200),
        ("month", "2028-02-01T00:00:00", "2028-02", 29 * 86400),
    ],
)
def test_calendars_in_utc(window, moment, name, seconds):
    assert period(window, at(moment)) == Period(name, seconds)


def test_a_number_of_seconds_has_no_name():
    assert period(90, 5.0) == Period("", 90)


@given(st.sampled_from(["hour", "day", "week", "month"]), MOMENTS)
def test_a_period_is_another_one_at_its_end_and_the_same_before(window, now):
    running = period(window, now)
    assert 0 < running.seconds <= 31 * 86400
    assert period(window, now + running.seconds + 0.01).name != running.name
    assert period(window, now + running.seconds * 0.99).name == running.name
