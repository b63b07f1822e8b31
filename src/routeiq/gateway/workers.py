"""Several processes that serve one port: started, watched, replaced when they die or are to be new, and ended together.

They share the listening sockets, and a private directory in which they find each other. A worker ends by itself when
its parent is gone.
"""

from __future__ import annotations

import itertools
import logging
import signal
import socket
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import wait
from typing import Any, Final

from routeiq.core.errors import RouteIQError

from .group.directory import Member, Seat, made_directory
from .listening import CannotServe
from .rolling_restart import RollingRestart
from .signals import caught
from .worker_process import LEAD, Work, WorkerProcess

logger = logging.getLogger(__name__)

TICK: Final = 1.0
"""Seconds after which the parent looks around even if nothing happened."""
SHORT_LIFE: Final = 5.0
"""Seconds; a worker that dies sooner has its successor wait a moment, so that a broken one does not burn the CPU."""
PAUSE: Final = 1.0


class Workers:
    """Keeps a number of workers running until a signal ends them.

    SIGTERM and SIGINT end all. SIGHUP goes on to the worker that leads. SIGUSR2 replaces all by new processes.
    """

    def __init__(
        self,
        work: Work,
        argument: Any,
        sockets: Sequence[socket.socket],
        count: int,
        patience: float,
        *,
        drain: float = 300.0,
        refresh: Callable[[], Any] | None = None,
    ) -> None:
        """Prepare workers.

        Args:
            work: A function of a module, called in each process with the argument, the sockets, the pipe to the
                parent, its seat in the group, and whether it is the one that speaks for all.
            argument: What workers are told; can be pickled.
            count: How many there are.
            patience: Seconds that a worker may take to end; then it is killed.
            drain: Further seconds for a worker that was replaced, to finish its streams.
            refresh: Returns what workers are told from a rolling restart on. A RouteIQError keeps things as they are.
        """
        self._work, self._argument, self._sockets = work, argument, sockets
        self._count, self._patience, self._drain = count, patience, drain
        self._refresh = refresh
        self._workers: list[WorkerProcess] = []
        self._due: dict[int, float] = {}  # numbers that nobody has, and when they get a new worker
        self._generations = itertools.count()
        self._lead: WorkerProcess | None = None
        self._restart: RollingRestart | None = None
        self._restart_wanted = self._reload_wanted = False
        self._stopping_since: float | None = None
        self._failure: str | None = None

    def run(self) -> None:
        """Start the workers, and return when all have ended.

        Raises:
            CannotServe: if one of the first cannot start; the others are ended then.
            GroupError: if there is no place for their directory.
        """
        with (
            made_directory() as self._directory,
            caught(signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2) as signals,
        ):
            for number in range(self._count):
                self._start(number, successor=False, speaks=number == 0)
            while self._workers or self._due:
                wait([signals.fileno(), *self._heard()], timeout=TICK)
                for taken in signals.take():
                    self._signalled(taken)
                self._look_around()
        if self._failure is not None:
            raise CannotServe(self._failure)

    def _heard(self) -> list[Any]:
        """Return what tells of workers: their words, and their ends."""
        pipes = [worker.pipe for worker in self._workers if not worker.silent]
        return [*pipes, *(worker.process.sentinel for worker in self._workers)]

    def _signalled(self, number: int) -> None:
        if number == signal.SIGHUP:
            self._reload_wanted = True
        elif number == signal.SIGUSR2:
            self._restart_wanted = True
        else:
            self._stop()

    def _look_around(self) -> None:
        for worker in list(self._workers):
            worker.listen()
            if not worker.process.is_alive():
                worker.listen()  # its last words
                self._bury(worker)
        if self._stopping_since is None:
            self._fill()
            self._go_on_restarting()
            self._choose_lead()
            self._pass_reload_on()
        self._kill_the_late()

    def _start(self, number: int, *, successor: bool, speaks: bool = False) -> WorkerProcess:
        seat = Seat(self._directory.path, Member(number, next(self._generations)), self._count)
        worker = WorkerProcess(self._work, self._argument, self._sockets, seat, successor=successor, speaks=speaks)
        self._workers.append(worker)
        return worker

    def _bury(self, worker: WorkerProcess) -> None:
        reason = worker.bury()
        self._workers.remove(worker)
        self._directory.forget(worker.member)
        if self._stopping_since is not None:
            return
        if not worker.started and not worker.successor:
            self._failure = worker.failure or f"a worker ended with status {worker.process.exitcode} before it served"
            self._stop()
        elif worker.retired_at is not None:
            logger.info("worker %d, which was replaced, has ended", worker.pid)
        elif self._restart is None or worker is not self._restart.successor:
            logger.error("worker %d is replaced by a new one: %s", worker.pid, reason)
            pause = PAUSE if time.monotonic() - worker.began < SHORT_LIFE else 0.0
            self._due[worker.member.number] = time.monotonic() + pause

    def _fill(self) -> None:
        """Start a worker for each number that nobody has, once it is due."""
        taken = {worker.member.number for worker in self._workers if worker.retired_at is None}
        for number in range(self._count):
            if number in taken or time.monotonic() < self._due.get(number, 0.0):
                continue
            try:
                self._start(number, successor=True)
                self._due.pop(number, None)
            except OSError:
                logger.exception("a worker cannot be started")
                self._due[number] = time.monotonic() + PAUSE

    def _go_on_restarting(self) -> None:
        if self._restart is not None and not self._restart.advance():
            self._restart = None
        if self._restart_wanted and self._restart is None:
            self._restart_wanted = False
            if self._refreshed():
                present = [worker for worker in self._workers if worker.retired_at is None]
                self._restart = RollingRestart(present, lambda number: self._start(number, successor=True))
                self._restart.advance()

    def _refreshed(self) -> bool:
        try:
            self._argument = self._argument if self._refresh is None else self._refresh()
        except RouteIQError as error:
            logger.warning("rolling restart: not begun, the workers keep serving as they are: %s", error)
            return False
        return True

    def _choose_lead(self) -> None:
        if self._lead is not None and self._lead.process.is_alive() and not self._lead.leaving:
            return  # one that is to leave, and has not said that it does, may still lead
        self._lead = min((one for one in self._workers if one.serves), key=lambda one: one.member, default=None)
        if self._lead is not None:
            self._lead.tell(LEAD)

    def _pass_reload_on(self) -> None:
        if self._reload_wanted and self._lead is not None and self._lead.serves:
            self._reload_wanted = False
            self._lead.send_signal(signal.SIGHUP)

    def _stop(self) -> None:
        if self._stopping_since is None:
            self._stopping_since = time.monotonic()
        self._due.clear()
        for worker in self._workers:
            worker.send_signal(signal.SIGTERM)

    def _kill_the_late(self) -> None:
        now = time.monotonic()
        for worker in self._workers:
            since, limit = self._stopping_since, self._patience
            if since is None:
                since, limit = worker.retired_at, self._patience + self._drain
            if since is not None and now - since >= limit:
                logger.error("worker %d did not end within %g s, and is killed", worker.pid, limit)
                worker.kill()
