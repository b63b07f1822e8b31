"""Type checkers tell an author about a wrong hook, and about nothing else; on the line where it is."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CASES = Path(__file__).parent / "cases"
CHECKERS = {
    "mypy": ["-m", "mypy", "--strict", "--config-file=", "--cache-dir=cache", "--output=json"],
    "pyright": ["-m", "pyright", "--outputjson", "--pythonpath", sys.executable],
}


def found_by(checker: str, case: str, folder: Path) -> set[int]:
    """Return the lines of a case, copied to where no configuration is found, on which the checker reports errors."""
    if importlib.util.find_spec(checker) is None:
        pytest.skip(f"{checker} is not installed")
    shutil.copy(CASES / case, folder)
    command = [sys.executable, *CHECKERS[checker], case]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    if checker == "mypy":
        reports = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
        return {report["line"] for report in reports if report["severity"] == "error"}
    reports = json.loads(done.stdout)["generalDiagnostics"]
    return {report["range"]["start"]["line"] + 1 for report in reports if report["severity"] == "error"}


def expected(case: str) -> set[int]:
    lines = (CASES / case).read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if "  # error: " in line}


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("case", ["good.py", "good_tests.py"])
def test_right_plugins_and_their_tests_are_accepted(checker: str, case: str, tmp_path: Path) -> None:
    assert found_by(checker, case, tmp_path) == set()


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("case", ["bad.py", "bad_tests.py"])
def test_each_mistake_is_reported_on_its_line_and_nothing_else_is(checker: str, case: str, tmp_path: Path) -> None:
    assert expected(case)
    assert found_by(checker, case, tmp_path) == expected(case)
