"""The skills of a folder, kept in memory and read again when they change.

Requests are answered from a `Snapshot` alone: no path that a client sent is ever given to the file system.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .archive import packed
from .config import Config
from .folder import Entry, entries, read
from .manifest import MANIFEST, Manifest, SkillRefused, read_manifest
from .paths import is_offered


@dataclass(frozen=True, slots=True)
class Artifact:
    """Bytes that a client can get, and their SHA-256 in lower-case hexadecimal digits."""

    content: bytes
    digest: str

    @classmethod
    def of(cls, content: bytes) -> Artifact:
        """Return an artifact of these bytes."""
        return cls(content, hashlib.sha256(content).hexdigest())


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill that is offered.

    Attributes:
        files: By their paths, `SKILL.md` first.
        archive: All files in one; None where `SKILL.md` is the only one.
    """

    manifest: Manifest
    files: Mapping[str, Artifact]
    archive: Artifact | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a folder: a skill, or the reason why it is none; and what the folder was like then."""

    signature: object
    skill: Skill | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was offered at one time.

    Attributes:
        readings: By the folders' names.
        problem: Why the directory itself cannot be read, if so.
    """

    readings: Mapping[str, Reading] = field(default_factory=dict)
    problem: str | None = None

    @property
    def skills(self) -> dict[str, Skill]:
        """The skills by name, in order."""
        return {name: one.skill for name, one in self.readings.items() if one.skill is not None}

    @property
    def problems(self) -> dict[str, str]:
        """Why folders are not offered, by their names; under `.` what is wrong with the directory itself."""
        found = {name: one.problem for name, one in self.readings.items() if one.problem is not None}
        return found if self.problem is None else {".": self.problem, **found}


def look(config: Config, before: Snapshot) -> Snapshot:
    """Return what the directory offers now, `before` itself if that is the same. Blocks; raises nothing of the files.

    Args:
        before: An earlier look: folders that are as they were then are not read again.
    """
    root = os.path.realpath(config.directory)
    names: list[str] = []
    problem: str | None = None
    try:
        names = sorted(path.name for path in Path(root).iterdir())
    except FileNotFoundError:
        # The default is a folder that most gateways do not have.
        problem = f"there is no folder {config.directory}"
    except OSError as error:
        problem = f"{config.directory} cannot be read: {error.strerror}"
    readings = dict(_readings(root, names, config, before))
    same = problem == before.problem and readings == before.readings
    return before if same else Snapshot(readings, problem)


def _readings(root: str, names: Iterable[str], config: Config, before: Snapshot) -> Iterable[tuple[str, Reading]]:
    for name in names:
        path = Path(root, name)
        if is_offered(name) and path.is_dir():
            yield name, _reading(root, path, config, before.readings.get(name))


def _reading(root: str, path: Path, config: Config, before: Reading | None) -> Reading:
    folder = os.path.realpath(path)
    if not folder.startswith(f"{root.rstrip('/')}/"):
        return Reading(folder, None, "is a symbolic link that leads out of the directory")
    listed: tuple[Entry, ...] | str = folder
    try:
        listed = entries(folder, config.max_skill_files)
        if before is not None and before.signature == listed:
            return before
        return Reading(listed, _skill(path.name, listed, config.max_skill_bytes))
    except SkillRefused as error:
        return Reading(listed, None, str(error))
    except OSError as error:
        # Without a signature that a later listing could have: it is tried again.
        return Reading(folder, None, f"cannot be read: {error.strerror or error}")


def _skill(name: str, listed: tuple[Entry, ...], max_bytes: int) -> Skill:
    if not listed or listed[0].path != MANIFEST:
        raise SkillRefused(f"has no {MANIFEST}")
    if sum(entry.size for entry in listed) > max_bytes:
        raise SkillRefused(f"is larger than max_skill_bytes ({max_bytes}): raise it, or remove files")
    contents: dict[str, bytes] = {}
    left = max_bytes
    for entry in listed:
        contents[entry.path] = read(entry, left)
        left -= len(contents[entry.path])
    manifest = read_manifest(contents[MANIFEST], name)
    archive = Artifact.of(packed(contents)) if len(contents) > 1 else None
    return Skill(manifest, {path: Artifact.of(content) for path, content in contents.items()}, archive)
