"""Gateways in processes of their own, with plugins that the test writes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROUTEIQ = Path(sys.executable).with_name("routeiq")
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("ROUTEIQ_", "LLMROUTER_", "OTEL_"))}
TOKEN = "a-token-for-the-tests"


class Process:
    """A gateway that runs in a folder of its own."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, port: int) -> None:
        self.process, self.folder, self.port = process, folder, port
        self.url = f"http://127.0.0.1:{port}"

    @property
    def log(self) -> str:
        return (self.folder / f"{self.port}.log").read_text()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Return status and parsed body; for paths of the admin API with the token."""
        data = None if body is None else json.dumps(body).encode()
        fields = {"content-type": "application/json", **headers}
        if path.startswith("/admin"):
            fields["authorization"] = f"Bearer {TOKEN}"
        request = urllib.request.Request(self.url + path, data, fields, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, raw = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, raw = error.code, error.read()
        return status, json.loads(raw) if raw else None

    def until(self, condition: Callable[[], Any], seconds: float = 20) -> Any:
        """Wait until a condition holds, and return what it returned."""
        end = time.monotonic() + seconds
        while True:
            with contextlib.suppress(OSError, ValueError):
                found = condition()
                if found:
                    return found
            if time.monotonic() > end:
                pytest.fail(f"it did not come to be within {seconds} s; the log ends:\n{self.log[-3000:]}")
            time.sleep(0.05)

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            pytest.fail(f"SIGTERM did not end the gateway within 20 s; the log ends:\n{self.log[-3000:]}")


def pytest_itemcollected(item: pytest.Item) -> None:
    """All of these start gateways."""
    item.add_marker(pytest.mark.processes)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """serve(*arguments, files={name: text}, **variables): a gateway that is ready.

    Its folder is `tmp_path / folder`; modules in it can be named in ROUTEIQ_PLUGINS.
    """
    running: list[Process] = []

    def start(*arguments: str, folder: str = "one", files: dict[str, str] | None = None, **variables: str) -> Process:
        place = tmp_path / folder
        for name, text in (files or {}).items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(textwrap.dedent(text))
        place.mkdir(exist_ok=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        path = os.pathsep.join(filter(None, (str(place), os.environ.get("PYTHONPATH"))))
        environment = {**CLEAN, "PYTHONPATH": path, "ROUTEIQ_ADMIN_TOKEN": TOKEN, **variables}
        command = [str(ROUTEIQ), "serve", "--port", str(port), *arguments]
        with (place / f"{port}.log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=place, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        one = Process(process, place, port)
        running.append(one)
        one.until(lambda: process.poll() is not None or one.call("GET", "/health/ready")[0] == 200, 60)
        assert process.poll() is None, one.log
        return one

    yield start
    for one in running:
        one.end()
