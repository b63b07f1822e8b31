"""The pictures of terminals in the documentation show what the commands print."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

IMAGES = Path(__file__).parents[2] / "docs" / "images"
NAMES = sorted(path.stem for path in IMAGES.glob("*.svg"))


@pytest.fixture
def screenshots(tool: Callable[[str], ModuleType]) -> Any:
    return tool("screenshots")


def test_there_is_a_picture_of_each_session_and_no_other(screenshots: Any) -> None:
    assert sorted(screenshots.SESSIONS) == NAMES


@pytest.mark.processes
@pytest.mark.timeout(180)
@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("name", NAMES)
def test_a_picture_shows_what_the_commands_print_today(screenshots: Any, name: str) -> None:
    shown = screenshots.text_of((IMAGES / f"{name}.svg").read_text("utf-8"))
    today = screenshots.text_of(screenshots.recorded(screenshots.SESSIONS[name]))
    assert shown.split() == today.split(), "run python tools/screenshots.py"
    assert all(command.splitlines()[0].split()[0] in shown for command in screenshots.SESSIONS[name].commands)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_has_nothing_from_elsewhere(name: str) -> None:
    svg = (IMAGES / f"{name}.svg").read_text("utf-8")
    assert re.findall(r"https?://[^\"\s]+", svg.partition("<g class=")[0]) == ["http://www.w3.org/2000/svg"]
    assert re.findall(r"url\((?!#)|href|@import|@font-face|<script", svg) == []


@pytest.mark.processes
def test_a_command_that_fails_is_no_picture(screenshots: Any) -> None:
    with pytest.raises(RuntimeError, match=r"false failed"):
        screenshots.recorded(screenshots.Session("nothing", ("false",)))
