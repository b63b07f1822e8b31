"""Where lines are written: standard output, or a file that several workers append to and rotate.

Each line is one `write` to a descriptor in append mode, so that lines of several processes do not mix.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

LOOKS_EVERY: Final = 1.0
"""Seconds between two looks at whether the file is still the one of its name."""


class Sink(Protocol):
    """Takes lines. Used by one thread."""

    def write(self, line: bytes) -> None:
        """Write a line, its end included. Raises OSError."""

    def close(self) -> None:
        """Let go of it."""


class StandardOutput:
    """The process's standard output: the descriptor itself, whatever `sys.stdout` has been made."""

    def __init__(self, descriptor: int = 1) -> None:
        self._descriptor = descriptor

    def write(self, line: bytes) -> None:
        """Write a line, and wait for whoever reads it."""
        write_all(self._descriptor, line)

    def close(self) -> None:
        """Leave it open: it is the process's."""


class RotatedFile:
    """A file that is renamed when it is full, by whichever process finds it so.

    A file that another program renames or removes is opened anew within a second.
    """

    def __init__(self, path: Path, max_size: int, keep: int) -> None:
        """Open it, or make it, for the gateway's user alone. Raises OSError.

        Args:
            path: The file.
            max_size: Bytes that it may have; 0: any number.
            keep: How many renamed files stay.
        """
        self._path = path
        self._max_size = max_size
        self._keep = keep
        self._descriptor = self._open()
        self._looked = time.monotonic()

    def write(self, line: bytes) -> None:
        """Append a line."""
        now = time.monotonic()
        if now - self._looked >= LOOKS_EVERY or self._descriptor < 0:
            self._looked = now
            self._follow()
        if self._max_size and os.fstat(self._descriptor).st_size + len(line) > self._max_size:
            self._rotate(len(line))
        write_all(self._descriptor, line)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _follow(self) -> None:
        """Open the file anew if its name means another one by now."""
        try:
            named = self._path.stat()
        except FileNotFoundError:
            named = None
        if self._descriptor >= 0 and named is not None:
            mine = os.fstat(self._descriptor)
            if (mine.st_dev, mine.st_ino) == (named.st_dev, named.st_ino):
                return
        self.close()
        self._descriptor = self._open()

    def _rotate(self, coming: int) -> None:
        with self._lock():
            self._follow()  # another process may have been first
            size = os.fstat(self._descriptor).st_size
            if not size or size + coming <= self._max_size:
                return
            for number in range(self._keep, 0, -1):
                older = self._numbered(number - 1) if number > 1 else self._path
                with contextlib.suppress(FileNotFoundError):
                    older.replace(self._numbered(number))
            self._follow()

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """Keep other processes from renaming at the same time."""
        lock = os.open(self._path.with_name(f".{self._path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of it: one call, unless the system takes less than that."""
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, data[written:])
