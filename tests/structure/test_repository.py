"""The files around the code agree with each other and with it."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).parents[2]
DISTRIBUTIONS = (".", "hookspecs", "builtin_plugins")
# One letter of each in brackets, so that this file does not hold what it looks for.
FORBIDDEN = re.compile(
    r"/[r]oot/|/[h]ome/\w+/|/[w]ork/|/[t]mp/work|[p]ypi\.org|[p]ythonhosted|[n]pmjs\.(org|com)|[d]eb\.debian\.org"
)


def project(folder: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((REPOSITORY / folder / "pyproject.toml").read_text(encoding="utf-8"))
    return found


def constraints(name: str) -> dict[str, str]:
    lines = (REPOSITORY / name).read_text(encoding="utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(pin) == 2 for pin in pins)
    return {canonicalize_name(package): version for package, version in pins}


def dependencies() -> Iterator[Requirement]:
    for folder in DISTRIBUTIONS:
        found = project(folder)["project"]
        yield from map(Requirement, found["dependencies"])
        for extra in found.get("optional-dependencies", {}).values():
            yield from map(Requirement, extra)


def tracked() -> list[Path]:
    """Return the files under version control that hold text."""
    if shutil.which("git") is None or not (REPOSITORY / ".git").exists():
        pytest.skip("not a clone")
    command = ["git", "ls-files", "-z"]
    names = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    paths = [REPOSITORY / name for name in names.split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()]


def test_the_distributions_have_one_version_that_the_changelog_knows() -> None:
    versions = {project(folder)["project"]["version"] for folder in DISTRIBUTIONS}
    assert len(versions) == 1
    (version,) = versions
    changelog = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[(Unreleased\]|{re.escape(version)}\] - \d{{4}}-\d\d-\d\d)$", changelog, re.MULTILINE)
    assert version in changelog


def test_the_host_asks_for_the_sdk_and_built_in_plugins_of_its_own_version() -> None:
    version = project(".")["project"]["version"]
    wanted = {requirement.name: str(requirement.specifier) for requirement in dependencies()}
    assert wanted["routeiq-plugin-sdk"] == wanted["routeiq-builtin-plugins"] == f"=={version}"


def test_every_dependency_has_a_pin_that_satisfies_it() -> None:
    pins = constraints("constraints.txt")
    for requirement in dependencies():
        if not requirement.name.startswith("routeiq"):
            assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), str(requirement)


def test_the_lowest_constraints_are_the_floors(tool: Callable[[str], ModuleType]) -> None:
    pins = constraints("constraints-lowest.txt")
    for name, floor in tool("lowest_constraints").floors().items():
        assert Requirement(f"{name}=={floor}").specifier.contains(pins[canonicalize_name(name)])


def test_every_dependency_has_a_floor() -> None:
    for requirement in dependencies():
        assert {specifier.operator for specifier in requirement.specifier} & {">=", "=="}, str(requirement)


@pytest.mark.parametrize("folder", DISTRIBUTIONS)
def test_a_distribution_says_that_it_is_typed_and_carries_the_licence(folder: str) -> None:
    found = project(folder)
    (package,) = found["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert (REPOSITORY / folder / package / "py.typed").is_file()
    assert "Typing :: Typed" in found["project"]["classifiers"]
    licence = (REPOSITORY / folder / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in licence
    assert "END OF TERMS AND CONDITIONS" in licence


def test_every_tox_environment_has_a_description() -> None:
    text = (REPOSITORY / "tox.ini").read_text(encoding="utf-8")
    sections = re.findall(r"^\[testenv[^\]]*\]\n((?:(?!\[).*\n?)*)", text, re.MULTILINE)
    assert len(sections) > 5
    assert all(re.search(r"^description = \S", section, re.MULTILINE) for section in sections)


def test_no_file_names_a_place_on_one_machine_or_a_package_registry() -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}:{number}"
        for path in tracked()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if FORBIDDEN.search(line)
    ]
    assert found == []
