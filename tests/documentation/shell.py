"""The shell that runs a page's examples: one for each page, so that what one example sets the next one has."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

COMMANDS = Path(__file__).parent / "commands"
TOKEN = "the-token-that-was-printed-at-the-start"
PATIENCE = 100
"""Seconds for one example."""


class ExampleFailed(AssertionError):
    """An example did not do what it is there for."""


class Shell:
    """A bash that runs in a folder of its own, with the commands that examples call."""

    def __init__(self, folder: Path, repository: Path) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        self._place = folder
        commands = folder / "bin"
        commands.mkdir()
        self._launch(commands, "routeiq", str(Path(sys.executable).with_name("routeiq")))
        self._launch(commands, "curl", shutil.which("curl") or "curl")
        self._launch(commands, "pip")
        for name in ("python", "python3"):
            self._write(commands / name, sys.executable)
        (self.folder / ".venv").mkdir()
        (self.folder / ".venv" / "bin").symlink_to(commands)
        for name in ("examples", "hookspecs", "builtin_plugins", "constraints.txt"):
            (self.folder / name).symlink_to(repository / name)
        self._process: subprocess.Popen[str] | None = None
        self._paths = [str(repository / "docs" / "code"), str(self.folder), os.environ.get("PYTHONPATH", "")]

    def _launch(self, commands: Path, name: str, *more: str) -> None:
        self._write(commands / name, sys.executable, str(COMMANDS / f"{name}.py"), *more)

    @staticmethod
    def _write(script: Path, *words: str) -> None:
        quoted = " ".join(f"'{word}'" for word in words)
        script.write_text(f'#!/bin/sh\nexec {quoted} "$@"\n')
        script.chmod(0o755)

    @property
    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ROUTEIQ_", "OTEL_"))}
        return {
            **kept,
            "PATH": os.pathsep.join((str(self._place / "bin"), str(Path(sys.executable).parent), kept["PATH"])),
            "HOME": str(self.folder),
            "PYTHONPATH": os.pathsep.join(filter(None, self._paths)),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CODE": self._paths[0],
            "DOCUMENTATION_SANDBOX": str(self._place),
            "ROUTEIQ_ADMIN_TOKEN": TOKEN,
            "TOKEN": TOKEN,
        }

    def run(self, example: str) -> str:
        """Run an example, and return what it printed.

        Raises:
            ExampleFailed: if a command failed, or a request was answered by another status than a comment `# 412`
                behind it says; without one, by an error.
        """
        if self._process is None:
            self._process = subprocess.Popen(
                ["bash", "--noprofile", "--norc"],
                cwd=self.folder, env=self._environment, text=True, start_new_session=True,
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        (self._place / "statuses").write_text("")
        (self._place / "example").write_text(f"set -euo pipefail\n{example}\n")
        done, output = self._place / "done", self._place / "output"
        done.unlink(missing_ok=True)
        assert self._process.stdin is not None
        self._process.stdin.write(f"source '{self._place}/example' < /dev/null > '{output}' 2>&1; touch '{done}'\n")
        self._process.stdin.flush()
        end = time.monotonic() + PATIENCE
        while not done.exists():
            if self._process.poll() is not None or time.monotonic() > end:
                raise ExampleFailed(f"a command failed, or did not end:\n{example}\n{output.read_text()}")
            time.sleep(0.01)
        self._compare_statuses(example, output.read_text())
        return output.read_text()

    def _compare_statuses(self, example: str, output: str) -> None:
        expected = re.findall(r"# ([45]\d\d)\b", example)
        told = [status for status in (self._place / "statuses").read_text().split() if status >= "400" or status == "0"]
        if told != expected:
            raise ExampleFailed(
                f"requests were refused with {told}, and should be with {expected}:\n{example}\n{output}"
            )

    def close(self) -> None:
        """End the shell, and the gateway that an example started."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        gateway = self._place / "gateway.json"
        if gateway.exists():
            os.kill(json.loads(gateway.read_text())["pid"], signal.SIGTERM)
