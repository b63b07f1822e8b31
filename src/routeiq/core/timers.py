"""Timers: functions of a plugin that are called again and again while it runs, and never twice at once."""

from __future__ import annotations

import asyncio
import math

from routeiq_plugin_sdk.events import TimerFunction

from .errors import PluginCancelled
from .leadership import Candidacy, Leadership
from .lifetime import CONTAINED, Lifetime, Work, is_own


class PluginTimers:
    """Makes the timers of one run of a plugin."""

    __slots__ = ("_leadership", "_lifetime")

    def __init__(self, lifetime: Lifetime, leadership: Leadership) -> None:
        self._lifetime = lifetime
        self._leadership = leadership

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
        candidacy = self._leadership.candidacy(self._lifetime) if leader else None
        timer = HostTimer(self._lifetime, seconds, function, candidacy)
        self._lifetime.take(timer)
        return timer


class HostTimer(Work):
    """The SDK's `Timer`."""

    where = "every"

    def __init__(
        self, lifetime: Lifetime, seconds: float, function: TimerFunction, candidacy: Candidacy | None = None
    ) -> None:
        """Make one.

        Args:
            seconds: From the beginning of one call to that of the next.
            candidacy: Without it calls are left out that come while this process does not lead; None: none is.
        """
        name = getattr(function, "__name__", type(function).__name__)
        super().__init__(lifetime, function, f"the timer {name} of {seconds:g} s")
        self._seconds = seconds
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
            self.failed(exception)
        except asyncio.CancelledError as exception:
            if not is_own(exception):
                raise
            self.failed(PluginCancelled("the function let a cancellation of its own escape"))


def following(due: float, seconds: float, now: float) -> float:
    """Return when a call is due next that was due at `due`: times that a call took up are left out."""
    missed = max(0, math.floor((now - due) / seconds))
    return due + (missed + 1) * seconds
