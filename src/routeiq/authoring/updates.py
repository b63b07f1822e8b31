"""Updates of projects: what the template has learned since a project was made by it is merged into the project.

Copier does it, by the extra `routeiq[toolkit]`: it renders the version that the project was made by and the latest one,
and merges their difference into what the author has made of it. It wants versions to be tags of a Git repository, which
an installed package has not; so one is made for the time of the update, of the versions that this package carries. No
network is needed, and every version that a project can come from is there.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from .errors import ToolkitError
from .templates import ANSWERS, FOLDER, Template, templates

ADDRESS: Final = "routeiq://plugin-template"
"""What projects know the template by; Git is told where that is for the time of the update."""
_NOBODY: Final = {
    **{f"GIT_{role}_{part}": "routeiq" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


@dataclass(frozen=True, slots=True)
class Update:
    """What an update did.

    Attributes:
        before: The version of the template that the project had.
        after: The one that it has now.
        changed: Files that are not as they were, by their paths in the project's repository.
        conflicts: Those of them in which both the author and the template changed the same lines: Git's markers are
            in them, for the author to decide.
    """

    before: int
    after: int
    changed: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()


def update_project(folder: Path, versions: Path = FOLDER) -> Update:
    """Bring the latest version of the template to a project, and return what changed. Nothing is committed.

    Args:
        folder: Of the project.
        versions: Where the versions of the template are.

    Raises:
        ToolkitError: it was not made by `routeiq plugin new`, is not under Git or has changes that are not committed,
            or Copier or Git is not installed. Nothing is changed then.
    """
    known = templates(versions)
    before, after = _version_of(folder), known[-1].version
    if before > after:
        raise ToolkitError(
            f"{folder} was made by version {before} of the template, and this RouteIQ has {after}: use a newer one"
        )
    if before == after:
        return Update(before, after)
    _check_tools()
    _check_committed(folder)
    with tempfile.TemporaryDirectory(prefix="routeiq-template-") as place:
        repository = Path(place, "repository")
        make_repository(repository, known)
        _run_copier(folder, _environment(repository, Path(place, "cache")))
    changed, conflicts = _changes(folder)
    return Update(before, after, changed, conflicts)


def _version_of(folder: Path) -> int:
    path = folder / ANSWERS
    try:
        answers: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return int(answers["_commit"])
    except FileNotFoundError:
        raise ToolkitError(f"{folder} has no {ANSWERS}: only what `routeiq plugin new` made can be updated") from None
    except (yaml.YAMLError, ValueError, KeyError, TypeError, UnicodeDecodeError):
        raise ToolkitError(
            f"{path} does not say which version of the template made the project (_commit): restore it"
        ) from None


def _check_tools() -> None:
    if importlib.util.find_spec("copier") is None:
        raise ToolkitError("updates are made by Copier, which is not installed: pip install 'routeiq[toolkit]'")
    if shutil.which("git") is None:
        raise ToolkitError("updates are merged by Git, which is not installed")


def _check_committed(folder: Path) -> None:
    done = _git(folder, "status", "--porcelain", "--", ".", check=False)
    if done.returncode:
        raise ToolkitError(
            f"{folder} is not under Git, so that an update could not be looked at or taken back: "
            "run `git init`, `git add .` and `git commit` there"
        )
    if done.stdout:
        raise ToolkitError(f"{folder} has changes that are not committed: commit or stash them, then update")


def make_repository(folder: Path, versions: Sequence[Template]) -> None:
    """Make a Git repository with a tag for each version of the template."""
    folder.mkdir(parents=True)
    _git(folder, "init", "--quiet", environment=_NOBODY)
    for version in versions:
        for path in folder.iterdir():
            if path.name != ".git":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(version.folder, folder, dirs_exist_ok=True)
        _git(folder, "add", "--all", "--force")
        _git(folder, "commit", "--quiet", "--message", f"Version {version.version}", environment=_NOBODY)
        _git(folder, "tag", str(version.version))


def _environment(repository: Path, cache: Path) -> Mapping[str, str]:
    """Return variables with which Git finds the template in the repository."""
    count = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    return {
        "COPIER_CACHE_DIR": str(cache),
        "GIT_CONFIG_COUNT": str(count + 1),
        f"GIT_CONFIG_KEY_{count}": f"url.{repository}.insteadOf",
        f"GIT_CONFIG_VALUE_{count}": ADDRESS,
    }


def _run_copier(folder: Path, environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "copier", "update", "--defaults", "--quiet", "--answers-file", ANSWERS, "."]
    # In a process of its own: what Git needs to know is said by variables of the process.
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ToolkitError(f"the update failed; `git restore .` brings back what was\n{done.stderr.strip()}")


def _changes(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    lines = _git(folder, "status", "--porcelain", "-z", "--no-renames", "--", ".").stdout.split("\0")
    states = {line[3:]: line[:2] for line in lines if line}
    conflicts = sorted(path for path, state in states.items() if "U" in state or state in ("AA", "DD"))
    return tuple(sorted(states)), tuple(conflicts)


def _git(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None, check: bool = True
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=check,
    )
