"""A worker's link to its parent: what it says of itself, and what it is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from multiprocessing.connection import Connection

from .worker_process import LEAD, LEAVING, RETIRE, STARTED


class ParentLink:
    """The worker's end of the pipe. A parent that is gone hears nothing, and is no error."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def started(self) -> None:
        """Say that this worker serves."""
        self._say(STARTED)

    def leaving(self) -> None:
        """Say that it is about to end, and does not lead any more."""
        self._say(LEAVING)

    def failed(self, reason: str) -> None:
        """Say why it cannot serve."""
        self._say(reason)

    def watch(self, lead: Callable[[], None], retire: Callable[[], None], gone: Callable[[], None]) -> None:
        """Have functions called in the running loop: when this worker is to lead, to retire, and has no parent."""
        loop = asyncio.get_running_loop()

        def heard() -> None:
            try:
                while self._pipe.poll():
                    {LEAD: lead, RETIRE: retire}[self._pipe.recv()]()
            except (EOFError, OSError):
                loop.remove_reader(self._pipe.fileno())
                gone()

        loop.add_reader(self._pipe.fileno(), heard)

    def _say(self, message: str) -> None:
        with contextlib.suppress(OSError):
            self._pipe.send(message)
