"""The times that budgets hold for: days, weeks and months of the calendar in UTC, or so many seconds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

Calendar = Literal["hour", "day", "week", "month"]
_SHORTEST: Final = 0.001


@dataclass(frozen=True, slots=True)
class Period:
    """The time in which something happens.

    Attributes:
        name: Which it is, such as `2026-11-25`: a part of the keys that are kept for it; empty for a number of seconds,
            which begins with whatever happens first.
        seconds: How long it lasts from now on.
    """

    name: str
    seconds: float


def period(window: Calendar | int, now: float) -> Period:
    """Return the period that runs now.

    Args:
        window: Its kind; a number of seconds.
        now: Seconds since the epoch.
    """
    if isinstance(window, int):
        return Period("", window)
    moment = dt.datetime.fromtimestamp(now, dt.UTC)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if window == "hour":
        begin = moment.replace(minute=0, second=0, microsecond=0)
        return _until(f"{begin:%Y-%m-%dT%H}", begin + dt.timedelta(hours=1), now)
    if window == "day":
        return _until(f"{day:%Y-%m-%d}", day + dt.timedelta(days=1), now)
    if window == "week":
        monday = day - dt.timedelta(days=day.weekday())
        year, week, _ = monday.isocalendar()
        return _until(f"{year}-W{week:02}", monday + dt.timedelta(days=7), now)
    first = day.replace(day=1)
    return _until(f"{first:%Y-%m}", (first + dt.timedelta(days=32)).replace(day=1), now)


def _until(name: str, end: dt.datetime, now: float) -> Period:
    return Period(name, max(end.timestamp() - now, _SHORTEST))
