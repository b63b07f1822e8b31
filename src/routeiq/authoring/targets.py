"""What an author points at: a project, a wheel, a module, or the name of an installed plugin.

`find_target` turns it into references to import, and what must be importable for that. Nothing of the plugin's is
imported for it, nor by anyone in this process: `call_apart(function, {...}, paths=target.paths)` does that.
"""

from __future__ import annotations

import configparser
import difflib
import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

import importlib_metadata
from packaging.utils import canonicalize_name
from routeiq_plugin_sdk.metadata import NAME_PATTERN

from routeiq.core.discovery import GROUP, facts_of

from .errors import ToolkitError


@dataclass(frozen=True, slots=True)
class Target:
    """Plugins that an author points at.

    Attributes:
        plugins: What to import for each, `package.module` or `package.module:object`, by its entry point's name.
        paths: What must come first on `sys.path`.
        distribution: The distribution's name, or None.
        version: The distribution's version, or None where it is not known before it is built.
        facts: What the distribution's metadata says, for fields that plugins leave out of theirs.
        folder: The project's folder, where there is one.
        is_module: Whether it is a module by itself, which stands in `plugins` by its own name: none says yet what the
            plugin is called.
    """

    plugins: Mapping[str, str]
    paths: tuple[Path, ...] = ()
    distribution: str | None = None
    version: str | None = None
    facts: Mapping[str, str | None] = field(default_factory=dict)
    folder: Path | None = None
    is_module: bool = False


def find_target(given: str) -> Target:
    """Return what is pointed at.

    Args:
        given: A path to a project's folder, a wheel or a module, `file.py:object` for a class or an instance in one;
            else the name of an installed plugin, or of a distribution with plugins.

    Raises:
        ToolkitError: there is no such thing, or no plugin in it.
    """
    path = Path(given)
    if path.is_dir() and ((path / "pyproject.toml").exists() or not NAME_PATTERN.fullmatch(given)):
        return target_of_project(path)  # else a folder that happens to be called as an installed plugin is
    if path.suffix == ".whl":
        return target_of_wheel(path)
    file, _, name = given.rpartition(":")
    if file.endswith(".py"):
        return _target_of_module(Path(file), name)
    if path.suffix == ".py":
        return _target_of_module(path)
    return _target_of_name(given)


def target_of_project(folder: Path) -> Target:
    """Return the plugins of a project, from its sources. Raises ToolkitError."""
    project = read_project(folder)
    named: dict[str, str] = project.get("entry-points", {}).get(GROUP, {})
    if not named:
        raise ToolkitError(
            f'{folder / "pyproject.toml"} has no plugin: name it under [project.entry-points."{GROUP}"],'
            ' as in my-guardrails = "my_guardrails"'
        )
    licence = project.get("license")
    urls = {name.lower(): url for name, url in project.get("urls", {}).items()}
    return Target(
        plugins=dict(named),
        paths=tuple(place.resolve() for place in (folder / "src", folder) if place.is_dir()),
        distribution=project.get("name"),
        version=project.get("version"),
        facts={
            "version": project.get("version"),
            "description": project.get("description"),
            "homepage": urls.get("homepage") or urls.get("repository"),
            "license": licence.get("text") if isinstance(licence, dict) else licence,
            "author": next((author.get("name") for author in project.get("authors", ())), None),
        },
        folder=folder,
    )


def read_project(folder: Path) -> Mapping[str, Any]:
    """Return the table `project` of a folder's pyproject.toml. Raises ToolkitError."""
    path = folder / "pyproject.toml"
    try:
        project = tomllib.loads(path.read_text(encoding="utf-8")).get("project")
    except FileNotFoundError:
        raise ToolkitError(f"{folder} is no project: it has no pyproject.toml") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ToolkitError(f"{path} cannot be read: {error}") from None
    if not isinstance(project, dict):
        raise ToolkitError(f"{path} has no table [project], which says what is built")
    return project


def target_of_wheel(path: Path, unpacked: Path | None = None) -> Target:
    """Return the plugins in a wheel.

    Args:
        unpacked: Where its files are, if not in the wheel itself: that is importable too, if it is pure.

    Raises:
        ToolkitError: it is no wheel, or has no plugin in it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            [folder] = {name.partition("/")[0] for name in archive.namelist() if ".dist-info/" in name}
            metadata = HeaderParser().parsestr(archive.read(f"{folder}/METADATA").decode())
            points = f"{folder}/entry_points.txt"
            text = archive.read(points).decode() if points in archive.namelist() else ""
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ToolkitError(f"{path} is no wheel: {error}") from None
    named = _entry_points(text)
    if not named:
        raise ToolkitError(f"{path.name} has no entry point of the group {GROUP!r}: there is no plugin in it")
    return Target(
        plugins=named,
        paths=((unpacked or path).resolve(),),
        distribution=metadata["Name"],
        version=metadata["Version"],
        facts=facts_of(metadata),
    )


def _entry_points(text: str) -> dict[str, str]:
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return dict(parser[GROUP]) if parser.has_section(GROUP) else {}


def _target_of_module(path: Path, name: str = "") -> Target:
    if not path.is_file():
        raise ToolkitError(f"{path} does not exist")
    return Target(
        plugins={path.stem: f"{path.stem}:{name}" if name else path.stem},
        paths=(path.parent.resolve(),),
        is_module=True,
    )


def _target_of_name(name: str) -> Target:
    points = list(importlib_metadata.entry_points(group=GROUP))
    found = [point for point in points if point.name == name]
    if not found:
        wanted = canonicalize_name(name)
        found = [point for point in points if point.dist is not None and canonicalize_name(point.dist.name) == wanted]
    if not found:
        near = difflib.get_close_matches(name, [point.name for point in points], 1)
        hint = f"did you mean {near[0]!r}?" if near else "`routeiq plugin list` shows those that are"
        raise ToolkitError(f"{name!r} is no path, and no plugin of this name is installed; {hint}")
    names = sorted({point.dist.name for point in found if point.dist is not None})
    if len(names) > 1:
        raise ToolkitError(f"{name!r} is offered by {' and by '.join(names)}: uninstall all but one")
    distribution = found[0].dist
    return Target(
        plugins={point.name: point.value for point in found},
        distribution=distribution.name if distribution else None,
        version=distribution.version if distribution else None,
        facts=facts_of(distribution.metadata) if distribution is not None and distribution.metadata is not None else {},
    )
