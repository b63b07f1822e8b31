"""mypy's word on plugins."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from routeiq.authoring.checks import types
from routeiq.authoring.checks.types import type_findings

WRONG = "x: int = 'text'\n"


def test_a_mistake_has_its_place(tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text(WRONG)
    [finding], skipped = type_findings("p", [file], None)
    assert (finding.rule, finding.line, skipped) == ("type-error", 1, None)
    assert finding.message.startswith("Incompatible types in assignment")


def test_the_projects_own_settings_hold(tmp_path: Path) -> None:
    (tmp_path / "bare.py").write_text("def f(x): return x\n")
    settings = tmp_path / "pyproject.toml"
    settings.write_text("[tool.mypy]\nstrict = true\n")
    assert type_findings("p", [tmp_path / "bare.py"], None) == ([], None)
    findings, _ = type_findings("p", [tmp_path / "bare.py"], settings)
    assert any("[no-untyped-def]" in finding.message for finding in findings)
    assert {finding.file for finding in findings} == {str(tmp_path / "bare.py")}


def test_what_a_plugin_imports_is_not_its_own_mistake(tmp_path: Path) -> None:
    file, settings = tmp_path / "fine.py", tmp_path / "pyproject.toml"
    file.write_text("import attr\nimport pydantic\n")
    settings.write_text("[tool.mypy]\nstrict = true\n")
    assert type_findings("p", [file], settings) == ([], None)


def test_modules_of_installed_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Path(sysconfig.get_paths()["purelib"])
    named = list(types._named([site / "a" / "__init__.py", site / "a" / "b.py", tmp_path / "c.py"]))
    assert named == ["-m", "a", "-m", "a.b", str(tmp_path / "c.py")]


def test_an_installed_plugin_can_be_checked() -> None:
    package = Path(sysconfig.get_paths()["purelib"]) / "pydantic"
    findings, skipped = type_findings("p", [package / "version.py"], None)
    assert skipped is None
    assert {Path(str(finding.file)).name for finding in findings} <= {"version.py"}  # of what it imports nothing


def test_what_keeps_mypy_from_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.py"
    file.write_text("(")
    assert type_findings("p", [], None) == ([], None)
    assert (type_findings("p", [file], None)[1] or "").startswith("its types: mypy failed")

    def late(*arguments: Any, **options: Any) -> None:
        raise subprocess.TimeoutExpired("mypy", 240)

    with monkeypatch.context() as patched:
        patched.setattr(types.subprocess, "run", late)
        assert type_findings("p", [file], None) == ([], "its types: mypy did not finish within 240 s")
    monkeypatch.setattr(types, "find_spec", lambda name: None)
    assert "needs mypy" in (type_findings("p", [file], None)[1] or "")
