"""The circuit of one deployment: closed, open, or half-open, by the attempts that it is told of.

Time is handed in, so that nothing here waits or reads a clock.
"""

from __future__ import annotations

import enum
from collections import deque
from typing import Final

from .config import Config

BUCKETS: Final = 20
"""Parts of the window: attempts are forgotten part by part."""
LEASE: Final = 60.0
"""Seconds after which a trial that nobody told the end of (its call was cancelled) is free again."""
RESERVED: Final = 1.0
"""Seconds for which a trial's place is kept for a call that was told to try, and may try another one first."""


class State(enum.StrEnum):
    """Whether a deployment is used, left alone, or on trial."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Circuit:
    """One deployment's.

    Attributes:
        state: As it was when it was last looked at: time alone makes an open circuit half-open at the next look.
    """

    def __init__(self) -> None:
        self.state = State.CLOSED
        self._window = Window()
        self._row = 0
        self._until = 0.0
        self._reopened = 0
        self._reserved: deque[float] = deque()  # until when each place is kept
        self._running: deque[float] = deque()  # until when the end of each trial is awaited
        self._passed = 0

    def look(self, now: float) -> State:
        """Return the state, now."""
        if self.state is State.OPEN and now >= self._until:
            self.state = State.HALF_OPEN
            self._reserved.clear()
            self._running.clear()
            self._passed = 0
        return self.state

    def remaining(self, now: float) -> float:
        """Return the seconds for which it stays open."""
        return max(0.0, self._until - now) if self.state is State.OPEN else 0.0

    def has_trial(self, now: float, config: Config) -> bool:
        """Return whether one more call may try a half-open circuit's deployment."""
        for places in (self._reserved, self._running):
            while places and places[0] <= now:
                places.popleft()
        return len(self._reserved) + len(self._running) < config.trials

    def reserve_trial(self, now: float, config: Config) -> bool:
        """Return whether a call may try it, and keep the place for the moment until it does."""
        if not self.has_trial(now, config):
            return False
        self._reserved.append(now + RESERVED)
        return True

    def begin_trial(self, now: float) -> None:
        """Learn that a trial begins, in a place that was kept for it if one was."""
        if self._reserved:
            self._reserved.popleft()
        self._running.append(now + LEASE)

    def succeeded(self, now: float, config: Config) -> None:
        """Learn of an answer."""
        self._row = 0
        if self.look(now) is State.HALF_OPEN:
            if self._running:
                self._running.popleft()
            self._passed += 1
            if self._passed >= config.trial_successes:
                self.state = State.CLOSED
                self._reopened = 0
                self._window = Window()
        elif self.state is State.CLOSED:
            self._window.add(now, config.window, failed=False)

    def failed(self, now: float, config: Config) -> None:
        """Learn of a failure."""
        state = self.look(now)
        if state is State.HALF_OPEN:
            self._reopened += 1
            self._open(now, config)
        elif state is State.CLOSED:
            self._row += 1
            attempts, failures = self._window.add(now, config.window, failed=True)
            enough = attempts >= config.minimum_attempts and failures >= config.failure_rate * attempts
            if self._row >= config.consecutive_failures or enough:
                self._open(now, config)

    def open_elsewhere(self, until: float) -> None:
        """Open it because another worker's has opened; harmless on one that is open for longer."""
        if self.state is not State.OPEN:
            self.state = State.OPEN
            self._until = until
            self._row = 0
        self._until = max(self._until, until)

    def _open(self, now: float, config: Config) -> None:
        self.state = State.OPEN
        seconds = config.open_seconds * 2.0 ** min(self._reopened, 32)
        self._until = now + min(seconds, config.max_open_seconds)
        self._row = 0
        self._window = Window()


class Window:
    """Attempts and failures of the latest seconds, in buckets."""

    def __init__(self) -> None:
        self._buckets: deque[list[float]] = deque()  # when it began, attempts, failures
        self._attempts = 0
        self._failures = 0

    def add(self, now: float, seconds: float, *, failed: bool) -> tuple[int, int]:
        """Count an attempt, and return how many attempts and failures there were in so many seconds."""
        while self._buckets and now - self._buckets[0][0] >= seconds:
            _, attempts, failures = self._buckets.popleft()
            self._attempts -= int(attempts)
            self._failures -= int(failures)
        if not self._buckets or now - self._buckets[-1][0] >= seconds / BUCKETS:
            self._buckets.append([now, 0, 0])
        self._buckets[-1][1] += 1
        self._buckets[-1][2] += failed
        self._attempts += 1
        self._failures += failed
        return self._attempts, self._failures
