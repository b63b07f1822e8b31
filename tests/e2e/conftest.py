"""Gateways in processes of their own, with plugins that the test writes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.ports import free_port

ROUTEIQ = Path(sys.executable).with_name("routeiq")
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("ROUTEIQ_", "LLMROUTER_", "OTEL_"))}
TOKEN = "a-token-for-the-tests"


class Process:
    """A gateway that runs in a folder of its own."""

    def __init__(self, folder: Path, port: int, arguments: Sequence[str], variables: Mapping[str, str]) -> None:
        self.folder, self.port = folder, port
        self.url = f"http://127.0.0.1:{port}"
        self.began = time.monotonic()
        command = [str(ROUTEIQ), "serve", "--port", str(port), *arguments]
        with (folder / f"{port}.out").open("wb") as out, (folder / f"{port}.log").open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=dict(variables), stdout=out, stderr=log, start_new_session=True
            )

    @property
    def printed(self) -> str:
        return (self.folder / f"{self.port}.out").read_text()

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

    def until(self, condition: Callable[[], Any], seconds: float = 20, pause: float = 0.05) -> Any:
        """Wait until a condition holds, and return what it returned."""
        end = time.monotonic() + seconds
        while True:
            with contextlib.suppress(OSError, ValueError):
                found = condition()
                if found:
                    return found
            if time.monotonic() > end:
                pytest.fail(f"it did not come to be within {seconds} s; the log ends:\n{self.log[-3000:]}")
            time.sleep(pause)

    def wait_until_ready(self) -> float:
        """Return the seconds that it took from the start of the process."""
        self.until(lambda: self.process.poll() is not None or self.call("GET", "/health/ready")[0] == 200, 60, 0.01)
        assert self.process.poll() is None, self.log
        return time.monotonic() - self.began

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Have it end by a signal, and return what `ended` does."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> tuple[int, str, str]:
        """Return exit status, standard output and standard error, once the process has ended."""
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            pytest.fail(f"the gateway did not end within 20 s; the log ends:\n{self.log[-3000:]}")
        return status, self.printed, self.log

    def kill(self) -> None:
        """Leave nothing of it behind, workers neither."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


Serve = Callable[..., Process]


def pytest_itemcollected(item: pytest.Item) -> None:
    """All of these start gateways."""
    item.add_marker(pytest.mark.processes)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """serve(*arguments, files={name: text}, **variables): a gateway that is ready, or is started only (`ready=False`).

    Its folder is `tmp_path / folder`; modules in it can be named in ROUTEIQ_PLUGINS. An empty variable is none.
    """
    running: list[Process] = []

    def start(
        *arguments: str,
        folder: str = "one",
        files: Mapping[str, str] | None = None,
        ready: bool = True,
        **variables: str,
    ) -> Process:
        place = tmp_path / folder
        for name, text in (files or {}).items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(textwrap.dedent(text))
        place.mkdir(exist_ok=True)
        path = os.pathsep.join(filter(None, (str(place), os.environ.get("PYTHONPATH"))))
        given = {**CLEAN, "PYTHONPATH": path, "ROUTEIQ_ADMIN_TOKEN": TOKEN, **variables}
        one = Process(place, free_port(), arguments, {name: value for name, value in given.items() if value})
        running.append(one)
        if ready:
            one.wait_until_ready()
        return one

    yield start
    failed = []
    for one in running:
        if one.process.poll() is None:
            one.process.terminate()
            try:
                one.process.wait(20)
            except subprocess.TimeoutExpired:
                failed.append(one)
        one.kill()
    for one in failed:
        pytest.fail(f"SIGTERM did not end the gateway within 20 s; the log ends:\n{one.log[-3000:]}")
