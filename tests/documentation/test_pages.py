"""Every example of every page runs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from .pages import Page, pages

REPOSITORY = Path(__file__).parents[2]
PAGES = {str(path.relative_to(REPOSITORY)): path for path in pages(REPOSITORY)}

pytestmark = [pytest.mark.processes, pytest.mark.timeout(180)]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
def test_the_examples_of_a_page_run(
    path: Path, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY / "docs" / "code"))
    monkeypatch.delenv("ROUTEIQ_ADMIN_TOKEN", raising=False)  # and what an example sets is gone after it
    page = Page(path, REPOSITORY, tmp_path, request.getfixturevalue)
    used = set(re.findall(r"^ *```(\w*)$", path.read_text("utf-8"), re.MULTILINE))
    assert used <= page.languages, "examples in a language that nobody runs"
    try:
        page.run()
    finally:
        page.close()
