"""Packages: a project's wheel and source distribution, checked, with what a registry is told of them.

What is told comes from the built wheel, unpacked and loaded in a process of its own: what was left out of the wheel is
found here, and not first by whoever installs it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from .descriptions import describe_target
from .errors import ToolkitError
from .projects import PREFIX
from .registry_entries import RegistryEntry, registry_entry
from .targets import Target, read_project, target_of_project, target_of_wheel

_EPOCH: Final = "1580601600"  # 2 February 2020 (UTC), which hatchling itself takes where nothing is said

_TOLD: Final = 3000  # characters of a build's output that its failure tells


@dataclass(frozen=True, slots=True)
class Package:
    """What was built.

    Attributes:
        files: The wheel, the source distribution, and the document for registries.
        warnings: What users and registries would miss in it.
    """

    entry: RegistryEntry
    files: tuple[Path, ...]
    warnings: tuple[str, ...]


def build_package(folder: Path, output: Path | None = None, *, isolated: bool = True) -> Package:
    """Build a project, check what was built, and put it and the document for registries into a folder.

    Args:
        folder: The project's.
        output: Where the files go; None: `dist` in the project.
        isolated: Whether it is built in an environment of its own, into which its build requirements are installed.

    Raises:
        ToolkitError: it cannot be built, or what was built is no plugin that works. Nothing is written then.
    """
    if "entry-points" not in read_project(folder).get("dynamic", ()):
        target_of_project(folder)  # refuses a project without a plugin before it is built for nothing
    with tempfile.TemporaryDirectory(prefix="routeiq-package-") as place:
        built = Path(place, "dist")
        _build(folder, built, isolated)
        wheel, files = _files(built)
        plugins = plugins_in(wheel, Path(place, "unpacked"))
        entry = registry_entry(wheel, files, plugins)
        document = built / f"{canonicalize_name(entry.name).replace('-', '_')}-{entry.version}.routeiq.json"
        document.write_text(entry.text(), encoding="utf-8")
        return Package(entry, _put([*files, document], output or folder / "dist"), tuple(_warnings(entry)))


def _build(folder: Path, output: Path, isolated: bool) -> None:
    command = [sys.executable, "-m", "build", "--outdir", str(output), str(folder.resolve())]
    if not isolated:
        command.append("--no-isolation")
    # The same sources make the same files, whenever they are built.
    environment = {"SOURCE_DATE_EPOCH": _EPOCH, **os.environ, "NO_COLOR": "1"}
    done = subprocess.run(
        command,
        cwd=output.parent,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ToolkitError(f"{folder} cannot be built\n{done.stdout.strip()[-_TOLD:]}")


def _files(built: Path) -> tuple[Path, list[Path]]:
    files = sorted(built.iterdir())
    wheels = [path for path in files if path.suffix == ".whl"]
    if len(wheels) != 1 or len(files) != 2:
        names = ", ".join(path.name for path in files)
        raise ToolkitError(f"the build made {names or 'nothing'}, and not one wheel and one source distribution")
    return wheels[0], files


def plugins_in(wheel: Path, unpacked: Path) -> list[dict[str, Any]]:
    """Return what the plugins in a wheel are.

    Args:
        unpacked: Where its files are unpacked to.

    Raises:
        ToolkitError: one of them does not work as it is in the wheel, or says that it is of another version.
    """
    with ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    target = target_of_wheel(wheel, unpacked)
    try:
        described = describe_target(target)
    except ToolkitError as error:
        needs = ""
        if "ModuleNotFoundError" in str(error):
            needs = "\nIs the module in the wheel? What the plugin depends on must be installed here too."
        raise ToolkitError(f"{wheel.name} was built, and its plugin does not work: {error}{needs}") from error
    for one in described:
        _check(one, target, unpacked)
    return described


def _check(described: Mapping[str, Any], target: Target, unpacked: Path) -> None:
    name, source = described["name"], described["source"]
    if source is None or not Path(source).resolve().is_relative_to(unpacked.resolve()):
        raise ToolkitError(
            f"{name}: {described['reference']} is not in the wheel, and was imported from {source}: have the build"
            " include its package"
        )
    if not _equal(described["version"], target.version):
        raise ToolkitError(
            f"{name}: its metadata says version {described['version']}, and the distribution is"
            f" {target.distribution} {target.version}: leave the version out of PluginMetadata, or make them equal"
        )


def _equal(one: str | None, other: str | None) -> bool:
    try:
        return Version(one or "") == Version(other or "")
    except InvalidVersion:
        return one == other


def _warnings(entry: RegistryEntry) -> Iterator[str]:
    if not entry.name.startswith(PREFIX):
        yield f"the name {entry.name!r} does not begin with {PREFIX!r}, by which people search for plugins"
    if entry.license is None:
        yield "no licence is named: set `license` in pyproject.toml, or nobody may use it"
    if entry.summary is None:
        yield "there is no `description` in pyproject.toml"
    for plugin in entry.plugins:
        if plugin.gateway_compat is None:
            yield f"{plugin.name} does not say which versions of RouteIQ it works with: set gateway_compat"


def _put(files: Sequence[Path], output: Path) -> tuple[Path, ...]:
    output.mkdir(parents=True, exist_ok=True)
    return tuple(Path(shutil.copy2(path, output / path.name)) for path in files)
