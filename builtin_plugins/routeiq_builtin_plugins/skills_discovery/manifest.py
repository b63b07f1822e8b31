"""The front matter of a `SKILL.md`, as the Agent Skills format has it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import yaml

MANIFEST: Final = "SKILL.md"
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FRONT_MATTER = re.compile(rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_MAX_NAME, _MAX_DESCRIPTION, _MAX_FRONT_MATTER = 64, 1024, 65_536


class SkillRefused(ValueError):
    """A folder that is no skill as the format has it: says what is wrong, and what would be right."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a skill says of itself."""

    name: str
    description: str


def read_manifest(content: bytes, folder: str) -> Manifest:
    """Return what a `SKILL.md` says.

    Args:
        folder: The name of the skill's folder, which must be the skill's name.

    Raises:
        SkillRefused: if the front matter is missing or breaks a rule of the format.
    """
    found = _FRONT_MATTER.match(content)
    if found is None:
        raise SkillRefused(f"{MANIFEST} must begin with front matter: lines of YAML between two lines '---'")
    if len(found[1]) > _MAX_FRONT_MATTER:
        raise SkillRefused(f"the front matter of {MANIFEST} is longer than {_MAX_FRONT_MATTER} bytes")
    data = _parsed(found[1])
    name, description = data.get("name"), data.get("description")
    if not isinstance(name, str) or len(name) > _MAX_NAME or not _NAME.fullmatch(name):
        raise SkillRefused(
            f"{MANIFEST}: 'name' must be 1 to {_MAX_NAME} lower-case letters and digits, with single hyphens between"
        )
    if name != folder:
        raise SkillRefused(f"{MANIFEST}: 'name' is {name!r}, and must be that of the folder, {folder!r}")
    if not isinstance(description, str) or not 0 < len(description.strip()) <= _MAX_DESCRIPTION:
        raise SkillRefused(f"{MANIFEST}: 'description' must be a text of 1 to {_MAX_DESCRIPTION} characters")
    return Manifest(name, description.strip())


def _parsed(text: bytes) -> dict[object, object]:
    try:
        # The loader that knows only text: a name such as `1e3` stays what was written, and no date can be wrong.
        data = yaml.load(text, yaml.BaseLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 2}" if mark is not None else ""
        raise SkillRefused(f"the front matter of {MANIFEST} is no YAML{where}") from None
    except RecursionError:
        raise SkillRefused(f"the front matter of {MANIFEST} is nested too deeply") from None
    if not isinstance(data, dict):
        raise SkillRefused(f"the front matter of {MANIFEST} must hold fields: 'name: ...' and 'description: ...'")
    return data
