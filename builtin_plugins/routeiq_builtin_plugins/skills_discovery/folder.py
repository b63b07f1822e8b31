"""The files of one skill's folder: which of them are offered, and whether they changed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from .manifest import MANIFEST, SkillRefused
from .paths import is_offered


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that is offered.

    Attributes:
        path: Below the skill's folder, with `/`.
        real: Where it lies, with no symbolic link on the way.
        signature: Changes with the file: device, inode, size and time of change.
    """

    path: str
    real: str
    size: int
    signature: tuple[int, ...]


def entries(folder: str, max_files: int) -> tuple[Entry, ...]:
    """Return the files that are offered, `SKILL.md` first, then in the order of their paths.

    A symbolic link is followed if it leads to a file of this folder that is offered itself; links to folders are not,
    so that there are no circles.

    Args:
        folder: With no symbolic link in it.

    Raises:
        SkillRefused: if there are more than `max_files`.
        OSError: if the folder cannot be read.
    """
    found = []
    for entry in _walk(folder, ""):
        found.append(entry)
        if len(found) > max_files:
            raise SkillRefused(f"has more than {max_files} files: raise max_skill_files, or remove some")
    return tuple(sorted(found, key=lambda one: (one.path != MANIFEST, one.path)))


def _walk(folder: str, below: str) -> Iterator[Entry]:
    with os.scandir(os.path.join(folder, below)) as listing:  # noqa: PTH118 - thousands of them, at each look
        for one in listing:
            path = f"{below}/{one.name}" if below else one.name
            if not is_offered(path):
                continue
            if one.is_dir(follow_symlinks=False):
                yield from _walk(folder, path)
            elif (entry := _entry(folder, path, one)) is not None:
                yield entry


def _entry(folder: str, path: str, one: os.DirEntry[str]) -> Entry | None:
    real = one.path
    try:
        if one.is_symlink():
            real = os.path.realpath(real)
            target = real.removeprefix(f"{folder}/")
            if target == real or not is_offered(target):
                return None
        status = os.stat(real, follow_symlinks=False)  # noqa: PTH116
    except OSError:  # gone since it was listed, or a link that leads nowhere
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return Entry(path, real, status.st_size, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))


def read(entry: Entry, limit: int) -> bytes:
    """Return a file's content.

    Raises:
        OSError: if it cannot be read, or is a symbolic link by now.
        SkillRefused: if it has more than `limit` bytes, however many it had when it was listed.
    """
    # Not blocking: what was a file may be a pipe by now, and opening that would wait for somebody who writes.
    descriptor = os.open(entry.real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{entry.path} is no file")
        content = file.read(limit + 1)
    if len(content) > limit:
        raise SkillRefused("is larger than max_skill_bytes: raise it, or remove files")
    return content
