"""Several processes that serve one port: started, watched, replaced when they die, and ended together.

They share the listening sockets and nothing else. A worker tells its parent once whether it serves; it ends by itself
when its parent is gone.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, Final

from .listening import CannotServe

logger = logging.getLogger(__name__)

STARTED: Final = "started"
TICK: Final = 1.0
"""Seconds after which the parent looks around even if nothing happened."""
SHORT_LIFE: Final = 5.0
"""Seconds; a worker that dies sooner has its successor wait a moment, so that a broken one does not burn the CPU."""
PAUSE: Final = 1.0

Work = Callable[[Any, Sequence[socket.socket], Connection, int, bool], None]


@dataclass(slots=True, eq=False)
class _Worker:
    process: SpawnProcess
    pipe: Connection
    number: int
    successor: bool
    began: float = field(default_factory=time.monotonic)
    started: bool = False
    failure: str | None = None


class Workers:
    """Keeps a number of workers running until a signal ends them."""

    def __init__(
        self, work: Work, argument: Any, sockets: Sequence[socket.socket], count: int, patience: float
    ) -> None:
        """Prepare workers.

        Args:
            work: A function of a module, called in each process with the argument, the sockets, the pipe to the
                parent, which worker it is (from 0; a successor has its predecessor's number), and whether it is the
                one that speaks for all.
            argument: What workers are told; can be pickled.
            count: How many there are.
            patience: Seconds that a worker may take to end; then it is killed.
        """
        self._work, self._argument, self._sockets = work, argument, sockets
        self._count, self._patience = count, patience
        self._workers: list[_Worker] = []
        self._stopping_since: float | None = None
        self._failure: str | None = None

    def run(self) -> None:
        """Start the workers, and return when all have ended.

        Raises:
            CannotServe: if one of the first cannot start; the others are ended then.
        """
        with self._signals():
            for number in range(self._count):
                self._start(number, successor=False, speaks=number == 0)
            while self._workers:
                self._watch()
        if self._failure is not None:
            raise CannotServe(self._failure)

    def _start(self, number: int, *, successor: bool, speaks: bool = False) -> None:
        if self._stopping_since is not None:
            return
        context = multiprocessing.get_context("spawn")
        mine, theirs = context.Pipe()
        arguments = (self._argument, list(self._sockets), theirs, number, speaks)
        process = context.Process(target=self._work, args=arguments, name=f"routeiq worker {number}")
        worker = _Worker(process, mine, number, successor)
        worker.process.start()
        theirs.close()
        self._workers.append(worker)
        if self._stopping_since is not None:  # the signal came while the process was made
            worker.process.terminate()

    def _watch(self) -> None:
        pipes = [worker.pipe for worker in self._workers if not worker.started and worker.failure is None]
        wait([*pipes, *(worker.process.sentinel for worker in self._workers)], timeout=TICK)
        for worker in list(self._workers):
            self._listen(worker)
            if not worker.process.is_alive():
                self._bury(worker)
        self._kill_the_late()

    def _listen(self, worker: _Worker) -> None:
        """Take up what a worker says of its start."""
        if worker.started or worker.failure is not None:
            return
        with contextlib.suppress(EOFError, OSError):
            if worker.pipe.poll():
                message = worker.pipe.recv()
                worker.started = message == STARTED
                if worker.started:
                    logger.info("worker %d serves", worker.process.pid)
                worker.failure = None if worker.started else str(message)

    def _bury(self, worker: _Worker) -> None:
        worker.process.join()
        worker.pipe.close()
        self._workers.remove(worker)
        if self._stopping_since is not None:
            return
        status = worker.process.exitcode
        if not worker.started and not worker.successor:
            self._failure = worker.failure or f"a worker ended with status {status} before it served"
            self._stop()
            return
        reason = worker.failure or f"it ended with status {status}"
        logger.error("worker %d is replaced by a new one: %s", worker.process.pid, reason)
        if time.monotonic() - worker.began < SHORT_LIFE:
            time.sleep(PAUSE)
        self._start(worker.number, successor=True)

    def _stop(self, *_: object) -> None:
        if self._stopping_since is None:
            self._stopping_since = time.monotonic()
        for worker in self._workers:
            if worker.process.is_alive():
                worker.process.terminate()

    def _kill_the_late(self) -> None:
        if self._stopping_since is None or time.monotonic() - self._stopping_since < self._patience:
            return
        for worker in self._workers:
            logger.error("worker %d did not end within %g s, and is killed", worker.process.pid, self._patience)
            worker.process.kill()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        previous = {number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
