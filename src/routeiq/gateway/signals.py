"""Signals of the parent of workers, taken one by one where it waits for everything else that happens."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Iterator, Sequence


class Signals:
    """Signals that came and were not taken yet; can be waited for like a connection."""

    def __init__(self, reader: socket.socket) -> None:
        self._reader = reader

    def fileno(self) -> int:
        """Return what becomes readable when a signal comes."""
        return self._reader.fileno()

    def take(self) -> Sequence[int]:
        """Return the numbers of the signals that came, in order."""
        with contextlib.suppress(BlockingIOError):
            return list(self._reader.recv(4096))
        return []


@contextlib.contextmanager
def caught(*numbers: signal.Signals) -> Iterator[Signals]:
    """Catch these signals, in the main thread, until the context ends."""
    reader, writer = socket.socketpair()
    with reader, writer:
        reader.setblocking(False)
        writer.setblocking(False)
        before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        # A handler in Python must be there, although the interpreter's own writes what is read here.
        previous = {number: signal.signal(number, lambda *_: None) for number in numbers}
        try:
            yield Signals(reader)
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before)
