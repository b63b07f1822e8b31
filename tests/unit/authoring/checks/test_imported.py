"""What an import does is seen: in processes of their own, since audit hooks stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from routeiq.authoring.apart import call_apart

pytestmark = pytest.mark.processes


def examined(tmp_path: Path, source: str, **modules: str) -> Any:
    for name, text in {"plugin": source, **modules}.items():
        (tmp_path / f"{name}.py").write_text(text)
    (tmp_path / "data.txt").write_text("x")
    arguments = {"plugins": {"p": "plugin"}, "own": [str(tmp_path)], "facts": {}, "named": True}
    return call_apart("routeiq.authoring.checks.imported:examine", arguments, paths=[tmp_path])


def test_reading_its_own_files_and_importing_is_nothing_to_tell(tmp_path: Path) -> None:
    source = (
        "import json, pathlib, other\npathlib.Path(__file__).with_name('data.txt').read_text()\n"
        "open('/dev/null', 'w').close()"
    )
    result = examined(tmp_path, source, other="x = 1")
    assert (result["notes"], result["failed"]) == ([], {})
    assert result["files"] == {"p": [str(tmp_path / "plugin.py")]}
    assert [note["rule"] for note in result["said"]["p"]["notes"]] == ["refused"]


def test_what_an_imported_module_does_counts_too(tmp_path: Path) -> None:
    other = (
        "import os, socket\nsocket.socket().bind(('127.0.0.1', 0))\n"
        "os.mkdir(os.path.join(os.path.dirname(__file__), 'made'))"
    )
    result = examined(tmp_path, "import other", other=other)
    assert [rule for rule, _ in result["notes"]] == ["network-at-import", "file-written-at-import"]


def test_an_import_that_ends_the_program_has_failed(tmp_path: Path) -> None:
    result = examined(tmp_path, "import sys\nprint('bye')\nsys.exit(3)")
    assert "SystemExit: 3" in result["failed"]["p"]
    assert [rule for rule, _ in result["notes"]] == ["prints-at-import"]
    assert result["said"] == {}
