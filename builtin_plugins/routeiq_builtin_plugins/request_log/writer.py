"""A thread that makes lines of records and writes them, so that no request ever waits for a disk or a reader.

What waits is bounded, in number and in characters; what is beyond that is dropped and counted.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from .sinks import Sink

Record = Callable[[], Mapping[str, Any]]
"""Makes a record's fields: called by the thread, where its time is nobody else's."""

HEAVIEST: Final = 64 * 2**20
"""Characters of contents that may wait; they are the requests' own texts, kept alive by it."""


class LineWriter:
    """Writes records to a sink.

    Attributes:
        dropped: Records that were dropped because too many waited.
        failed: Records that could not be written.
        problem: Why the latest of those could not; empty once one could again.
    """

    def __init__(self, sink: Sink, capacity: int) -> None:
        """Begin.

        Args:
            sink: Takes the lines; closed by `close`.
            capacity: How many records may wait.
        """
        self.dropped = 0
        self.failed = 0
        self.problem = ""
        self._sink = sink
        self._capacity = capacity
        self._waiting: deque[tuple[Record, int]] = deque()
        self._weight = 0
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="request-log", daemon=True)
        self._thread.start()

    def put(self, record: Record, weight: int = 0) -> bool:
        """Have a record written, and return at once: False if it was dropped.

        Args:
            record: Makes its fields.
            weight: How many characters of contents it keeps alive.
        """
        with self._changed:
            if len(self._waiting) >= self._capacity or self._closing or (weight and self._weight + weight > HEAVIEST):
                self.dropped += 1
                return False
            self._waiting.append((record, weight))
            self._weight += weight
            if len(self._waiting) == 1:
                self._changed.notify()
        return True

    def close(self, timeout: float) -> int:
        """Write what waits, for so many seconds at most; return how many records were given up.

        The sink is closed once the thread is done with it, be that later.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout)
        with self._changed:
            left = len(self._waiting)
            self._waiting.clear()
        return left

    def _run(self) -> None:
        try:
            while (record := self._next()) is not None:
                self._write(record)
        finally:
            self._sink.close()

    def _next(self) -> Record | None:
        with self._changed:
            while not self._waiting:
                if self._closing:
                    return None
                self._changed.wait()
            record, weight = self._waiting.popleft()
            self._weight -= weight
            return record

    def _write(self, record: Record) -> None:
        try:
            self._sink.write(encoded(record()))
            self.problem = ""
        except (OSError, ValueError, TypeError, RecursionError) as error:  # a full disk; what JSON cannot say
            self.failed += 1
            self.problem = str(error) or type(error).__name__


def encoded(fields: Mapping[str, Any]) -> bytes:
    """Return a record as a line of JSON: whatever was in it, without a line break but the last one."""
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), default=str)
    return text.encode("utf-8", "replace") + b"\n"
