"""What mypy says of a plugin's types, where it is installed."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from .findings import Finding

LIMIT: Final = 240.0
"""Seconds that it may take."""
_COMMAND: Final = (
    "-P",  # from where we happen to be nothing is imported
    "-m", "mypy", "--output", "json", "--no-error-summary", "--no-incremental", "--follow-imports", "silent",
    "--no-silence-site-packages",
    # What others ship without types is no mistake of the plugin's.
    "--disable-error-code=import-untyped", "--disable-error-code=import-not-found",
)  # fmt: skip


def type_findings(plugin: str, files: Sequence[Path], settings: Path | None) -> tuple[list[Finding], str | None]:
    """Return what is wrong with a plugin's types, and why nothing could be said, or None.

    Args:
        plugin: Its name.
        files: Those of its modules.
        settings: The project's own `pyproject.toml`, with what it wants of mypy; None: mypy's defaults hold.
    """
    if find_spec("mypy") is None:
        return [], "its types: needs mypy (pip install 'routeiq[toolkit]')"
    if not files:
        return [], None
    command = [sys.executable, *_COMMAND, "--config-file", "" if settings is None else str(settings), *_named(files)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return [], f"its types: mypy did not finish within {LIMIT:g} s"
    if done.returncode not in (0, 1):
        return [], f"its types: mypy failed: {done.stderr.strip() or done.stdout.strip()}"[:300]
    own = {file.resolve() for file in files}
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return [
        Finding("type-error", f"{one['message']} [{one['code']}]", plugin, None, one["file"], one["line"])
        for one in told
        if one["severity"] == "error" and Path(one["file"]).resolve() in own  # what it imports is not its own mistake
    ], None


def _named(files: Sequence[Path]) -> Iterator[str]:
    """Yield what names files to mypy: those of installed packages by their modules, or all others there were meant."""
    paths = sysconfig.get_paths()
    folders = [Path(paths[name]) for name in ("purelib", "platlib")]
    for file in files:
        folder = next((folder for folder in folders if file.is_relative_to(folder)), None)
        if folder is None:
            yield str(file)
        else:
            parts = file.relative_to(folder).with_suffix("").parts
            yield from ("-m", ".".join(parts[:-1] if parts[-1] == "__init__" else parts))
