"""`pip install` as examples call it: what is asked for must be what is here; nothing is installed."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from packaging.requirements import Requirement


def check(argument: str) -> None:
    """End with an error if there is no such distribution, extra or folder."""
    if argument.startswith((".", "/")):
        if not (Path(argument) / "pyproject.toml").exists():
            sys.exit(f"{argument} holds no distribution")
        return
    requirement = Requirement(argument)
    try:
        known = metadata(requirement.name).get_all("Provides-Extra") or []
    except PackageNotFoundError:
        sys.exit(f"{requirement.name} is not among what the tests are run with")
    unknown = requirement.extras - set(known)
    if unknown:
        sys.exit(f"{requirement.name} has no extra {', '.join(sorted(unknown))}")


if __name__ == "__main__":
    command, *given = sys.argv[1:]
    if command != "install":
        sys.exit(f"the examples' pip knows no {command!r}")
    for one in given:
        if not one.startswith("-"):
            check(one)
