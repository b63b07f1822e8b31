"""The skills of a folder, and a fingerprint of each by which a change is noticed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MANIFEST: Final = "SKILL.md"
META: Final = "skill_meta.json"
MOST_FILES: Final = 2_000
MOST_BYTES: Final = 64 * 1024 * 1024


class SkillUnreadable(Exception):
    """A skill cannot be looked at. The message says why."""


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill in its folder.

    Attributes:
        name: That of the folder.
        fingerprint: Changes with any of its files.
        tests: The file of test cases, or None.
        has_tests: Whether it has any, of its own file or in `skill_meta.json`.
    """

    name: str
    folder: Path
    fingerprint: str
    tests: Path | None
    has_tests: bool


def skills(directory: Path, tests: str) -> Iterator[Skill | tuple[str, str]]:
    """Yield the skills of a folder by their names, and of those that cannot be looked at the name and why.

    Folders without SKILL.md, hidden ones and links are no skills. Without the folder there are none.

    Args:
        tests: The name of the file of test cases.
    """
    try:
        entries = sorted(directory.iterdir())
    except OSError:
        return
    for folder in entries:
        if folder.name.startswith(".") or folder.is_symlink() or not (folder / MANIFEST).is_file():
            continue
        try:
            yield _skill(folder, tests)
        except (OSError, SkillUnreadable) as error:
            yield folder.name, str(error)


def _skill(folder: Path, tests: str) -> Skill:
    digest, size = hashlib.sha256(), 0
    for number, path in enumerate(_files(folder)):
        size += path.stat().st_size
        if number >= MOST_FILES or size > MOST_BYTES:
            raise SkillUnreadable(f"has more than {MOST_FILES} files, or {MOST_BYTES} bytes")
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode(errors="surrogateescape"))
        digest.update(content)
    file = folder / tests
    own = file if file.is_file() and not file.is_symlink() else None
    return Skill(
        folder.name, folder.resolve(), digest.hexdigest(), own and own.resolve(), own is not None or _meta(folder)
    )


def _files(folder: Path) -> Iterator[Path]:
    """Yield the regular files below a folder, in an order that is always the same."""
    for where, below, names in os.walk(folder):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            path = Path(where, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _meta(folder: Path) -> bool:
    try:
        document = json.loads((folder / META).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(document, dict) and bool(document.get("tests"))
