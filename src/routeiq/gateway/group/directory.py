"""The private directory in which the workers of one gateway have their sockets.

A worker whose socket lies there is a peer. The parent makes the directory, takes out the sockets of workers that died,
and removes it at the end.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .errors import GroupError

LONGEST_PATH: Final = 100
"""Bytes of a socket's path: systems take 103 and more."""
_LONGEST_NAME: Final = len("/511-9999999999")
_NAME: Final = re.compile(r"(\d+)-(\d+)")


@dataclass(frozen=True, slots=True, order=True)
class Member:
    """One process of the group.

    Attributes:
        number: Which worker it is, from 0; its successor has the same number.
        generation: Grows with each process that the parent starts, so that no two are the same.
    """

    number: int
    generation: int


@dataclass(frozen=True, slots=True)
class Seat:
    """What a process is told of its place in the group; can be pickled.

    Attributes:
        directory: The group's.
        member: Which process this is.
        size: How many workers there are.
    """

    directory: Path
    member: Member
    size: int


@dataclass(frozen=True, slots=True)
class GroupDirectory:
    """The sockets in the group's directory at `path`."""

    path: Path

    def socket_of(self, member: Member) -> Path:
        """Return where a member listens."""
        return self.path / f"{member.number}-{member.generation}"

    def members(self) -> Sequence[Member]:
        """Return who listens, sorted; one that died a moment ago may still be among them."""
        try:
            names = [one.name for one in self.path.iterdir()]
        except FileNotFoundError:  # the parent is gone, and the group ends
            return ()
        found = (_NAME.fullmatch(name) for name in names)
        return sorted(Member(int(one[1]), int(one[2])) for one in found if one is not None)

    def forget(self, member: Member) -> None:
        """Remove the socket of a member that is gone."""
        self.socket_of(member).unlink(missing_ok=True)


@contextlib.contextmanager
def made_directory() -> Iterator[GroupDirectory]:
    """Make a directory that only this user can enter, and remove it at the end.

    Raises:
        GroupError: if no place for temporary files can hold it.
    """
    path = _make()
    # Cleaners of temporary files leave a directory alone as long as somebody holds its lock.
    lock = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield GroupDirectory(path)
    finally:
        os.close(lock)
        shutil.rmtree(path, ignore_errors=True)


def _make() -> Path:
    reasons = []
    # The usual place may have a path that is too long for a socket's.
    for parent in dict.fromkeys((tempfile.gettempdir(), "/tmp")):  # noqa: S108 (mkdtemp makes it private)
        try:
            made = Path(tempfile.mkdtemp(prefix="routeiq-", dir=parent))
        except OSError as error:
            reasons.append(f"{parent}: {error.strerror}")
            continue
        if len(os.fsencode(made)) + _LONGEST_NAME <= LONGEST_PATH:
            return made
        made.rmdir()
        reasons.append(f"{parent}: its path is too long for sockets")
    where = "; ".join(reasons)
    raise GroupError(
        f"there is no place for the workers' sockets ({where}): set TMPDIR to a directory with a short path"
    )
