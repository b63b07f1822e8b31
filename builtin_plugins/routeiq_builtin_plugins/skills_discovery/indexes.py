"""The two forms of the index: Agent Skills discovery 0.2.0, and 0.1.0, which lists files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from .library import Artifact, Skill
from .manifest import MANIFEST

CURRENT: Final = "/.well-known/agent-skills"
OLDER: Final = "/.well-known/skills"
SCHEMA: Final = "https://schemas.agentskills.io/discovery/0.2.0/schema.json"
ARCHIVE: Final = ".tar.gz"


def current_index(skills: Mapping[str, Skill]) -> Artifact:
    """Return the index as version 0.2.0 has it: one artifact for each skill, with its digest."""
    return _artifact({"$schema": SCHEMA, "skills": [_current(name, skill) for name, skill in skills.items()]})


def _current(name: str, skill: Skill) -> dict[str, str]:
    if skill.archive is None:
        kind, url, artifact = "skill-md", f"{CURRENT}/{name}/{MANIFEST}", skill.files[MANIFEST]
    else:
        kind, url, artifact = "archive", f"{CURRENT}/{name}{ARCHIVE}", skill.archive
    return {
        "name": name,
        "type": kind,
        "description": skill.manifest.description,
        "url": url,
        "digest": f"sha256:{artifact.digest}",
    }


def older_index(skills: Mapping[str, Skill]) -> Artifact:
    """Return the index as version 0.1.0 has it: the files of each skill."""
    listed = [
        {"name": name, "description": skill.manifest.description, "files": list(skill.files)}
        for name, skill in skills.items()
    ]
    return _artifact({"skills": listed})


def _artifact(content: Any) -> Artifact:
    return Artifact.of(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())
