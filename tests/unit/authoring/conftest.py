"""What the tests of the toolkit share: projects of every kind."""

from pathlib import Path

import pytest

from routeiq.authoring.projects import kinds, new_project


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a project of each kind, called `made-<kind>`; nobody writes into it."""
    folder = tmp_path_factory.mktemp("projects")
    for kind in kinds():
        new_project(f"made-{kind}", kind, folder / f"made-{kind}")
    return folder
