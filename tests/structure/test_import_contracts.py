"""The import rules hold, and the contracts of our own notice when one does not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

grimp = pytest.importorskip("grimp", reason="import-linter needs newer releases than the oldest allowed ones")


def test_every_import_contract_is_kept(repository: Path, tmp_path: Path) -> None:
    lint = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    command = [sys.executable, "-c", lint, "--cache-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def graph() -> Any:
    graph = grimp.ImportGraph()
    for module in ("ours", "ours.adapters", "ours.adapters.one", "ours.core"):
        graph.add_module(module)
    for outside in ("starlette", "grpc", "pydantic", "json"):
        graph.add_module(outside, is_squashed=True)
    return graph


def check(tool: Callable[[str], ModuleType], contract: str, graph: Any, **options: Any) -> list[str]:
    kind = getattr(tool("import_contracts"), contract)
    result = kind(name="a contract", session_options={}, contract_options=options).check(graph, verbose=False)
    assert result.kept == (not result.metadata["broken"])
    broken: list[str] = result.metadata["broken"]
    return broken


def test_a_package_that_is_not_allowed_is_named(tool: Callable[[str], ModuleType], graph: Any) -> None:
    options = {"source_modules": ["ours.core"], "allowed": ["pydantic"]}
    graph.add_import(importer="ours.core", imported="pydantic")
    graph.add_import(importer="ours.core", imported="json")
    assert check(tool, "AllowedPackages", graph, **options) == []
    graph.add_import(importer="ours.core", imported="starlette")
    assert check(tool, "AllowedPackages", graph, **options) == ["ours.core imports starlette"]


def test_an_adapter_of_two_outside_worlds_is_named(tool: Callable[[str], ModuleType], graph: Any) -> None:
    options = {"container": "ours.adapters", "shared": ["pydantic"]}
    for world in ("pydantic", "starlette"):
        graph.add_import(importer="ours.adapters.one", imported=world)
    assert check(tool, "OneOutsideWorld", graph, **options) == []
    graph.add_import(importer="ours.adapters.one", imported="grpc")
    assert check(tool, "OneOutsideWorld", graph, **options) == [
        "ours.adapters.one imports several outside worlds: grpc, starlette"
    ]
