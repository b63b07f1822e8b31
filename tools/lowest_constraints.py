"""Write constraints-lowest.txt: the oldest releases that the distributions allow, and what the tests need beside them.

The floors are the bounds in the pyproject.toml files. Everything else stays as constraints.txt has it, as far as it
goes together with the floors. Needs uv.

Usage: python tools/lowest_constraints.py
"""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

REPOSITORY = Path(__file__).parents[1]
CONSTRAINTS = REPOSITORY / "constraints-lowest.txt"
# What the oldest releases need beside them to be as they were: typer's uses what today's click warns about.
CONTEMPORARIES = ["click==8.2.1"]
# Extras whose own dependencies are newer than our floors: they have environments of their own.
NOT_LOWEST = frozenset({"litellm"})
HEADER = "# The oldest releases that are allowed, on Python 3.11. Written by tools/lowest_constraints.py.\n"


def _project(folder: str) -> dict[str, Any]:
    return tomllib.loads((REPOSITORY / folder / "pyproject.toml").read_text(encoding="utf-8"))


def floors() -> dict[str, str]:
    """Return the lowest release of each dependency of the distributions, by name: the highest of their floors."""
    found: dict[str, str] = {}
    for folder in (".", "hookspecs", "builtin_plugins"):
        project = _project(folder)["project"]
        extras = project.get("optional-dependencies", {})
        optional = [text for name, extra in extras.items() if name not in NOT_LOWEST for text in extra]
        for requirement in map(Requirement, [*project["dependencies"], *optional]):
            for bound in requirement.specifier:
                if bound.operator == ">=":
                    parts = [int(part) for part in bound.version.split(".")]
                    known = [int(part) for part in found.get(requirement.name, "0").split(".")]
                    found[requirement.name] = bound.version if parts > known else found[requirement.name]
    return dict(sorted(found.items()))


def main() -> None:
    wanted = [f"{name}=={version}" for name, version in floors().items()]
    wanted += CONTEMPORARIES
    wanted += [text for text in _project(".")["dependency-groups"]["test"] if isinstance(text, str)]
    # What the output file holds already is preferred: so only what has to move, moves.
    CONSTRAINTS.write_text((REPOSITORY / "constraints.txt").read_text(encoding="utf-8"), encoding="utf-8")
    command = ["uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--python-version=3.11", "-"]
    subprocess.run([*command, f"--output-file={CONSTRAINTS}"], input="\n".join(wanted), text=True, check=True)
    CONSTRAINTS.write_text(HEADER + CONSTRAINTS.read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    main()
