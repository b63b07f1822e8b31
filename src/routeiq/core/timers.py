"""Timers: functions of a plugin that are called again and again while it runs, and never twice at once."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

from routeiq_plugin_sdk.events import TimerFunction

from .errors import PluginCancelled
from .leadership import Candidacy, Leadership
from .lifetime import CONTAINED, Lifetime, Work, is_own


@dataclass(slots=True)
class TimerFigures:
    """What the timers of one plugin did, since the manager was made.

    Attributes:
        calls: Calls that have ended, failures included.
        failed: Calls that failed.
    """

    calls: int = 0
    failed: int = 0


class Timers:
    """What the timers of a manager's plugins share.

    Attributes:
        leadership: Decides which process calls those that one shall call for all.
        figures: What they did, by plugin.
    """

    def __init__(self, leadership: Leadership) -> None:
        self.leadership = leadership
        self.figures: dict[str | None, TimerFigures] = {}


class PluginTimers:
    """Makes the timers of one run of a plugin."""

    __slots__ = ("_lifetime", "_timers")

    def __init__(self, lifetime: Lifetime, timers: Timers) -> None:
        self._lifetime = lifetime
        self._timers = timers

    def every(self, seconds: float, function: TimerFunction, *, leader: bool = False) -> HostTimer:
        """Have a function called; as `PluginContext.every` says.

        Raises:
            ValueError: if `seconds` is no number above 0.
            NotRunningError: if the plugin is stopped.
        """
        if not isinstance(seconds, int | float) or not (0 < seconds < math.inf):
            raise ValueError(
                f"plugin {self._lifetime.plugin!r}: every({seconds!r}, ...) needs a number of seconds above 0"
            )
        figures = self._timers.figures.setdefault(self._lifetime.plugin, TimerFigures())
        candidacy = self._timers.leadership.candidacy(self._lifetime) if leader else None
        timer = HostTimer(self._lifetime, seconds, function, figures, candidacy)
        self._lifetime.take(timer)
        return timer


class HostTimer(Work):
    """The SDK's `Timer`."""

    where = "every"

    def __init__(
        self,
        lifetime: Lifetime,
        seconds: float,
        function: TimerFunction,
        figures: TimerFigures,
        candidacy: Candidacy | None = None,
    ) -> None:
        """Make one.

        Args:
            seconds: From the beginning of one call to that of the next.
            figures: Where its calls are counted.
            candidacy: Says whether this process leads: else calls that are due are left out. None: none is.
        """
        name = getattr(function, "__name__", type(function).__name__)
        super().__init__(lifetime, function, f"the timer {name} of {seconds:g} s")
        self._seconds = seconds
        self._figures = figures
        self._candidacy = candidacy

    def cancel(self) -> None:
        """End it; a call that runs goes on to its end."""
        self.over = True
        self.lifetime.call(self.wind_up)

    async def run(self) -> None:
        """Call the function when its time has come."""
        loop = asyncio.get_running_loop()
        due = loop.time() + self._seconds
        while True:
            await self.pause(due - loop.time())
            if self.over:
                return
            if self._candidacy is None or self._candidacy.leads:
                await self._call()
            due = following(due, self._seconds, loop.time())

    async def _call(self) -> None:
        try:
            awaitable = self.called()
            if awaitable is not None:
                await awaitable
        except CONTAINED as exception:
            self._fail(exception)
        except asyncio.CancelledError as exception:
            if not is_own(exception):
                raise
            self._fail(PluginCancelled("the function let a cancellation of its own escape"))
        self._figures.calls += 1

    def _fail(self, exception: BaseException) -> None:
        self._figures.failed += 1
        self.failed(exception)


def following(due: float, seconds: float, now: float) -> float:
    """Return when a call is due next that was due at `due`: times that a call took up are left out."""
    missed = max(0, math.floor((now - due) / seconds))
    return due + (missed + 1) * seconds
