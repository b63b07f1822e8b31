"""`routeiq plugin package`."""

from pathlib import Path

import pytest

from routeiq.authoring import packages
from routeiq.authoring.registry_entries import RegistryEntry

NOTHING = dict.fromkeys(("summary", "license", "homepage", "author", "requires_python"))
ENTRY = RegistryEntry(name="one", version="1.0", dependencies=(), files=(), plugins=(), **NOTHING)


@pytest.fixture
def asked(monkeypatch):
    """Stand in for the build, which has tests of its own, and tell what it was asked."""
    asked = []

    def build(folder, output=None, *, isolated=True):
        asked.append((folder, output, isolated))
        return packages.Package(ENTRY, (Path("dist/one.whl"), Path("dist/one.json")), ("no licence is named",))

    monkeypatch.setattr(packages, "build_package", build)
    return asked


def test_the_files_are_told_and_what_is_missing(command, asked):
    status, printed, errors = command("plugin", "package")
    assert (status, printed) == (0, "dist/one.whl\ndist/one.json\n")
    assert "warning: no licence is named" in errors
    assert asked == [(Path(), None, True)]


def test_for_programs_it_is_json(command, asked):
    _, made, _ = command("plugin", "package", "one", "--output", "out", "--no-isolation", "--json")
    assert made == {
        "name": "one",
        "version": "1.0",
        "files": ["dist/one.whl", "dist/one.json"],
        "warnings": ["no licence is named"],
    }
    assert asked == [(Path("one"), Path("out"), False)]


def test_what_cannot_be_packaged_is_told(command):
    status, _, errors = command("plugin", "package")
    assert (status, "is no project: it has no pyproject.toml" in errors) == (1, True)
