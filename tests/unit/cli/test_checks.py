"""`routeiq plugin check`, as people and programs see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from routeiq.authoring.checks.check import CheckedPlugin
from routeiq.authoring.checks.findings import Finding
from routeiq.cli.application import application


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[CheckedPlugin]:
    """What is found, for the test to say."""
    found: list[CheckedPlugin] = []

    def check(given: str, **options: Any) -> list[CheckedPlugin]:
        assert given == "x"
        assert options["config"] in (None, {"a": 1})
        return found

    monkeypatch.setattr("routeiq.authoring.checks.check.check", check)
    return found


def run(*arguments: str) -> Any:
    return CliRunner().invoke(application(), ["plugin", "check", *arguments])


PRINTS = Finding("prints", "it prints", "x", "request", "a:b,c%.py", 3)
RAISES = Finding("raises", "it raises\nsomething: 5%", "x")


def test_a_plugin_with_nothing_wrong_passes(checked: list[CheckedPlugin]) -> None:
    hooks: Mapping[str, Mapping[str, float]] = {"request": {"calls": 3, "median": 0.000012}}
    checked.append(CheckedPlugin("x", "1.0", hooks=hooks, skipped=["its types: needs mypy"]))
    done = run("x")
    assert done.exit_code == 0
    assert done.output == (
        "x 1.0\nAn ordinary request takes in each hook: request 12 us.\nNot checked: its types: needs mypy.\n"
        "no errors, no warnings.\n"
    )


def test_warnings_fail_where_that_is_wanted(checked: list[CheckedPlugin]) -> None:
    checked.append(CheckedPlugin("x", "1.0", [PRINTS]))
    done = run("x")
    assert (done.exit_code, "no errors, 1 warning." in done.output) == (0, True)
    assert run("x", "--strict").exit_code == 1


def test_programs_get_it_as_json(checked: list[CheckedPlugin]) -> None:
    checked.append(CheckedPlugin("x", None, [RAISES]))
    done = run("x", "--json")
    assert done.exit_code == 1
    told = json.loads(done.output)
    assert told["passed"] is False
    assert told["plugins"][0]["findings"][0]["rule"] == "raises"


def test_workflows_get_it_as_annotations(checked: list[CheckedPlugin]) -> None:
    checked.append(CheckedPlugin("x", None, [PRINTS, RAISES]))
    assert run("x", "--annotations").output.splitlines() == [
        "::warning file=a%3Ab%2Cc%25.py,line=3,title=prints::x: it prints",
        "::error title=raises::x: it raises%0Asomething: 5%25",
    ]


def test_a_configuration_comes_from_a_file(checked: list[CheckedPlugin], tmp_path: Path) -> None:
    checked.append(CheckedPlugin("x"))
    (tmp_path / "x.yaml").write_text("a: 1")
    assert run("x", "--config", str(tmp_path / "x.yaml")).exit_code == 0
    done = run("x", "--config", str(tmp_path / "gone.yaml"))
    assert (done.exit_code, "cannot be read" in done.output) == (2, True)


def test_what_is_not_there_is_a_wrong_use() -> None:
    done = run("no-such-plugin-anywhere")
    assert (done.exit_code, "no plugin of this name" in done.output) == (2, True)
