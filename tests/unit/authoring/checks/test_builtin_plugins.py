"""The built-in plugins pass their own check, warnings too."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from routeiq.authoring.checks.check import check

PROJECT = Path(__file__).parents[4] / "builtin_plugins" / "pyproject.toml"
NAMES = sorted(tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["entry-points"]["routeiq.plugins"])


@pytest.mark.processes
@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", NAMES)
def test_a_built_in_plugin_passes(name: str) -> None:
    [plugin] = check(name, examples=0, types=False)  # its types are those of the repository, which mypy has seen
    assert plugin.findings == []
