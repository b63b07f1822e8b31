"""New plugin projects: what their names may be, and how they come to be on disk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import importlib_metadata
from packaging.utils import canonicalize_name
from routeiq_plugin_sdk.metadata import NAME_PATTERN

from routeiq.core.discovery import GROUP

from .errors import ToolkitError
from .templates import Template, templates

PREFIX: Final = "routeiq-plugin-"
LONGEST: Final = 50  # characters: with more, the lines of a project would need another layout
LONGEST_DESCRIPTION: Final = 512


@dataclass(frozen=True, slots=True)
class ProjectName:
    """What a project and its parts are called.

    Attributes:
        plugin: The plugin's name: that of its entry point and of its metadata.
    """

    plugin: str

    @classmethod
    def of(cls, given: str) -> ProjectName:
        """Return the names for what an author typed: the plugin's name, or that of its distribution.

        Raises:
            ToolkitError: it is no name for a plugin; the error has one that would be.
        """
        plugin = given.removeprefix(PREFIX)
        wrong = _wrong(plugin)
        if wrong is None:
            return cls(plugin)
        right = (
            re.sub(r"[^a-z0-9]+", "-", canonicalize_name(given)).strip("-").removeprefix(PREFIX)[:LONGEST].strip("-")
        )
        hint = f"; what about {right!r}?" if right and _wrong(right) is None else ""
        raise ToolkitError(f"{given!r} is no name for a plugin: {wrong}{hint}")

    @property
    def distribution(self) -> str:
        """The distribution's name, which `pip install` takes."""
        return PREFIX + self.plugin

    @property
    def package(self) -> str:
        """The name of the package to import."""
        return self.distribution.replace("-", "_")


def _wrong(plugin: str) -> str | None:
    """Return what is wrong with a plugin's name, or None."""
    if not NAME_PATTERN.fullmatch(plugin):
        return "use lower-case letters, digits and '-', and begin with a letter or digit"
    if plugin.endswith("-") or "--" in plugin:
        return "its distribution could not be called so: have one '-' at a time, and none at the end"
    if len(plugin) > LONGEST:
        return f"it has {len(plugin)} characters, and may have {LONGEST}"
    return None


@dataclass(frozen=True, slots=True)
class Project:
    """A project that was made.

    Attributes:
        files: Their paths in its folder.
    """

    name: ProjectName
    kind: str
    folder: Path
    files: tuple[PurePosixPath, ...]


def kinds() -> list[str]:
    """Return the kinds of plugins that there are projects for."""
    return list(templates()[-1].questions["kind"]["choices"])


def new_project(name: str, kind: str, folder: Path | None = None, description: str | None = None) -> Project:
    """Make a project, and return what was made.

    Args:
        name: Of the plugin, with or without the distribution's prefix.
        kind: One of `kinds()`.
        folder: Where its files go; None: a folder with the given name in the working directory.
        description: One sentence; None: the kind's own.

    Raises:
        ToolkitError: for a name or a kind that cannot be, a name that an installed plugin has, or a folder with
            something in it. Nothing is written then.
    """
    names = ProjectName.of(name)
    if kind not in kinds():
        raise ToolkitError(f"{kind!r} is no kind of plugin: there are {', '.join(kinds())}")
    _check_description(description)
    _check_free(names)
    folder = Path(name) if folder is None else folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ToolkitError(f"{folder} is there already, and nothing is overwritten: name another folder by --path")
    answers = {"name": names.plugin, "kind": kind}
    if description is not None:
        answers["description"] = description
    files = _latest().files(answers)
    _write(folder, files)
    return Project(names, kind, folder, tuple(sorted(files)))


def _latest() -> Template:
    return templates()[-1]


def _check_description(description: str | None) -> None:
    if description is None:
        return
    if not description.strip() or not description.isprintable() or len(description) > LONGEST_DESCRIPTION:
        raise ToolkitError(
            f"the description must be one line of 1 to {LONGEST_DESCRIPTION} printable characters, not {description!r}"
        )


def _check_free(names: ProjectName) -> None:
    """Refuse a name that another distribution's plugin has: of plugins with one name RouteIQ loads none."""
    for entry_point in importlib_metadata.entry_points(group=GROUP, name=names.plugin):
        owner = entry_point.dist.name if entry_point.dist is not None else "another distribution"
        if canonicalize_name(owner) != names.distribution:
            raise ToolkitError(
                f"{names.plugin!r} is the name of a plugin of {owner}, which is installed: RouteIQ would load neither"
            )


def _write(folder: Path, files: Mapping[PurePosixPath, str]) -> None:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
