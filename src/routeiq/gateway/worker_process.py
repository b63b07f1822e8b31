"""One worker as its parent sees it: the process, what it said, and what it was told."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any, Final

from .group.directory import Member, Seat

logger = logging.getLogger(__name__)

STARTED: Final = "started"
"""What a worker says when it serves; anything but this and `LEAVING` is the reason why it cannot."""
LEAVING: Final = "leaving"
"""What a worker says once it has been told to end: it does not lead any more."""
LEAD: Final = "lead"
"""What the parent says to the one worker that leads from now on."""
RETIRE: Final = "retire"
"""What the parent says to a worker whose successor serves: finish what you have, and end."""

Work = Callable[[Any, Sequence[socket.socket], Connection, Seat, bool], None]
"""A function of a module, called in each process: see `Workers`."""

_LATER: Final = frozenset({signal.SIGHUP, signal.SIGUSR2})


class WorkerProcess:
    """A worker that was started.

    Attributes:
        member: Which one it is.
        successor: Whether it takes the place of another.
        began: When it was started, on the monotonic clock.
        started: Whether it said that it serves.
        leaving: Whether it said that it is about to end.
        failure: Why it cannot serve, if it said so.
        silent: Whether it will say nothing more.
        retired_at: When it was told to finish what it has and end, on the monotonic clock.
    """

    def __init__(
        self, work: Work, argument: Any, sockets: Sequence[socket.socket], seat: Seat, *, successor: bool, speaks: bool
    ) -> None:
        self.member: Member = seat.member
        self.successor = successor
        self.began = time.monotonic()
        self.started = False
        self.leaving = False
        self.failure: str | None = None
        self.silent = False
        self.retired_at: float | None = None
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        arguments = (argument, list(sockets), theirs, seat, speaks)
        self.process = context.Process(target=work, args=arguments, name=f"routeiq worker {seat.member.number}")
        # They would end a process that has no handler yet. It inherits that they wait, and lets them in itself.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, _LATER)
        try:
            self.process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            theirs.close()

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self.process.pid is not None
        return self.process.pid

    @property
    def serves(self) -> bool:
        """Whether it takes requests, and will."""
        return self.started and not self.leaving and self.retired_at is None and self.process.is_alive()

    def listen(self) -> None:
        """Take up what it said."""
        try:
            while not self.silent and self.pipe.poll():
                message = self.pipe.recv()
                if message == STARTED:
                    self.started = True
                    logger.info("worker %d serves", self.pid)
                elif message == LEAVING:
                    self.leaving = True
                else:
                    self.failure = str(message)
        except (EOFError, OSError):
            self.silent = True

    def tell(self, message: str) -> None:
        """Say something to it; one that is gone does not hear it."""
        with contextlib.suppress(OSError):
            self.pipe.send(message)

    def retire(self) -> None:
        """Tell it to finish what it has, and end."""
        self.retired_at = time.monotonic()
        self.tell(RETIRE)

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal; one that is gone does not get it."""
        if self.process.is_alive():
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()

    def bury(self) -> str:
        """Take leave of one that has ended, and return why it did."""
        self.process.join()
        self.pipe.close()
        return self.failure or f"it ended with status {self.process.exitcode}"
