"""SIGHUP: the configuration is read anew by whoever takes part in that."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Sequence

logger = logging.getLogger(__name__)

Reload = Callable[[], Awaitable[None]]


class Reloads:
    """Runs what is to be done at a reload: one at a time, and once more for all that were asked for meanwhile."""

    def __init__(self, functions: Sequence[Reload]) -> None:
        """Make them.

        Args:
            functions: What is to be done, in order; looked at at each reload.
        """
        self._functions = functions
        self._wanted = False
        self._task: asyncio.Task[None] | None = None

    def request(self) -> None:
        """Have a reload begin now, or as soon as the one that runs is done."""
        self._wanted = True
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="routeiq reload")

    async def _run(self) -> None:
        try:
            while self._wanted:
                self._wanted = False
                logger.info("process %d reads the configuration anew", os.getpid())
                for function in tuple(self._functions):
                    await _attempt(function)
        finally:
            self._task = None


async def _attempt(function: Reload) -> None:
    try:
        await function()
    except Exception:
        logger.exception("the configuration could not be read anew; the one before stays")


class SignalWatch:
    """The signals that a process acts on while it serves; one that comes during the start is not lost."""

    def __init__(self, parented: bool) -> None:
        """Catch them.

        Args:
            parented: Whether a parent decides about rolling restarts.
        """
        self._early = False
        self._parented = parented
        signal.signal(signal.SIGHUP, self._note)
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)

    def listen(self, reloads: Reloads) -> None:
        """Act on them from now on, in the running loop."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, reloads.request)
        if not self._parented:
            loop.add_signal_handler(signal.SIGUSR2, _tell_of_restarts)
        if self._early:
            reloads.request()

    def _note(self, *_: object) -> None:
        self._early = True


def _tell_of_restarts() -> None:
    logger.warning(
        "SIGUSR2 replaces the workers one after the other, and a single process has none: set server.workers to 2 or"
        " more, or end this process and start it again"
    )
