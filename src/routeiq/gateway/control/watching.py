"""Notices that a file changed: by what the system tells, and by a look at all of them every few seconds.

What is told may be wrong or late (network file systems, a folder that is mounted over), so that nothing but the files'
own signatures counts. A file is only read once it has been left alone for a moment: a program that writes a file
empties it first, and an empty one is a configuration too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from watchfiles import awatch

LOOK_AROUND: Final = 3000
"""Milliseconds after which the files are looked at although nothing was told."""
STILL: Final = 0.15
"""Seconds that a file must have been left alone."""
STILL_IF_EMPTY: Final = 1.0
"""The same for one that is empty, or gone."""

Signature: TypeAlias = tuple[int, int, int] | None
UNSEEN: Final = (-1, -1, -1)


async def changed_files(paths: Iterable[Path]) -> AsyncGenerator[dict[Path, Signature], None]:
    """Yield some files, all at first, and then those that are not what they were when they were yielded last.

    With each comes its signature: if it has another one once it was read, it is being written again, and comes again.
    Files and their folders need not be there.
    """
    known: dict[Path, Signature] = dict.fromkeys(paths, UNSEEN)
    known.update(await _settled(known))
    yield dict(known)
    while True:
        folders = _watched(known)
        async for _ in awatch(
            *folders, recursive=False, debounce=200, step=50, rust_timeout=LOOK_AROUND, yield_on_timeout=True,
            watch_filter=None,
        ):  # fmt: skip
            changed = await _settled(known)
            if changed:
                known.update(changed)
                yield changed
            if _watched(known) != folders:
                break  # a folder came or went


def signatures(paths: Iterable[Path]) -> dict[Path, Signature]:
    """Return the signatures of files."""
    return {path: signature(path) for path in paths}


async def _settled(known: Mapping[Path, Signature]) -> dict[Path, Signature]:
    """Return the files that changed, with their signatures, once they have been left alone."""
    seen, since = signatures(known), time.monotonic()
    while True:
        changed = {path: one for path, one in seen.items() if one != known[path]}
        if not changed:
            return changed
        gone = any((one is None or one[1] == 0) and known[path] != UNSEEN for path, one in changed.items())
        left = (STILL_IF_EMPTY if gone else STILL) - (time.monotonic() - since)
        if left <= 0:
            return changed
        await asyncio.sleep(min(left, STILL / 3))
        now = signatures(known)
        if now != seen:
            seen, since = now, time.monotonic()


def _watched(paths: Iterable[Path]) -> set[Path]:
    """Return the nearest folders above the files that are there."""
    found = set()
    for path in paths:
        folder = path.absolute().parent
        while not folder.is_dir():
            folder = folder.parent
        found.add(folder)
    return found


def signature(path: Path) -> Signature:
    """Return what tells a file from another one in its place: inode, size and time of its last change."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
