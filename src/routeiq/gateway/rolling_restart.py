"""A rolling restart: each worker is replaced once its successor serves, one after the other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from .worker_process import WorkerProcess

logger = logging.getLogger(__name__)


class RollingRestart:
    """The restart of some workers, which goes on whenever it is told to.

    A successor that cannot start ends it: the workers that it has not come to keep serving.
    """

    def __init__(self, workers: Sequence[WorkerProcess], start: Callable[[int], WorkerProcess]) -> None:
        """Begin a restart.

        Args:
            workers: Those to be replaced, in this order.
            start: Starts the successor of the worker with a number.
        """
        self._left = list(workers)
        self._count = len(workers)
        self._start = start
        self._current: WorkerProcess | None = None
        self.successor: WorkerProcess | None = None
        logger.info("rolling restart: %d workers are replaced one after the other", self._count)

    def advance(self) -> bool:
        """Do what can be done now; return whether there is more to come."""
        while self.successor is not None or self._left:
            if self.successor is None:
                try:
                    self._begin_next()
                except OSError as error:
                    self._give_up(f"a process cannot be made: {error}")
                    return False
            elif self.successor.failure is not None or not self.successor.process.is_alive():
                self._give_up(self.successor.failure or "the new worker ended before it served")
                return False
            elif self.successor.started:
                self._replace(self.successor)
            else:
                return True
        logger.info("rolling restart: done")
        return False

    def _begin_next(self) -> None:
        self._current = self._left.pop(0)
        # One that has ended meanwhile has been replaced already.
        if self._current.process.is_alive() and not self._current.leaving:
            self.successor = self._start(self._current.member.number)

    def _give_up(self, reason: str) -> None:
        logger.error("rolling restart: given up, the workers that are left keep serving as they are: %s", reason)

    def _replace(self, successor: WorkerProcess) -> None:
        assert self._current is not None
        self._current.retire()
        place = self._count - len(self._left)
        logger.info(
            "rolling restart: worker %d took the place of %d (%d of %d)",
            successor.pid,
            self._current.pid,
            place,
            self._count,
        )
        self.successor = None
