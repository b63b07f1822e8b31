"""A gateway as people run it, `routeiq serve`, in a process of its own and a folder of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import httpx
import yaml

from .ports import free_port

TOKEN: Final = "a-token-of-the-tests"
PATIENCE: Final = 40.0
"""Seconds that a start or an end may take on a machine that does much else."""


class GatewayProcess:
    """The process; `client` shows the admin API's token."""

    def __init__(self, folder: Path, port: int, workers: int, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.workers = workers
        self.url = f"http://127.0.0.1:{port}"
        with (folder / "out").open("a") as out, (folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "routeiq.cli", "serve", "--port", str(port)],
                cwd=folder, env=dict(environment), stdout=out, stderr=log,
            )  # fmt: skip
        try:
            self._wait_until_ready()
        except BaseException:  # nobody has it yet who could end it
            self.process.kill()  # its workers end with it
            self.process.wait()
            raise

    def client(self, token: str | None = TOKEN) -> httpx.Client:
        """Return a client with a connection of its own: to whichever worker takes it."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    @property
    def printed(self) -> str:
        """What it printed so far."""
        return (self.folder / "out").read_text()

    @property
    def log(self) -> str:
        """What it logged so far."""
        return (self.folder / "log").read_text()

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it, and return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self.process.poll() is None, f"the gateway ended:\n{self.log[-3000:]}"
            serving = len(re.findall(r'"worker \d+ serves"', self.log)) if self.workers > 1 else 1
            with contextlib.suppress(httpx.HTTPError):
                if serving >= self.workers and httpx.get(f"{self.url}/health/ready").status_code == 200:
                    return
            time.sleep(0.02)
        raise AssertionError(f"the gateway is not ready:\n{self.log[-3000:]}")


@contextlib.contextmanager
def running(
    folder: Path,
    plugins: Mapping[str, str],
    settings: Mapping[str, object] | None = None,
    workers: int = 1,
    environment: Mapping[str, str] | None = None,
) -> Iterator[GatewayProcess]:
    """Run a gateway until the context ends.

    Args:
        plugins: Sources of plugin modules, by name.
        settings: Of `routeiq.yaml`, but for `server`.
        environment: Further variables; without one for the admin token, it is `TOKEN`.
    """
    for name, source in plugins.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(source))
    (folder / "routeiq.yaml").write_text(yaml.safe_dump({**(settings or {}), "server": {"workers": workers}}))
    for name in ("out", "log"):
        (folder / name).unlink(missing_ok=True)
    variables = {name: value for name, value in os.environ.items() if not name.startswith("ROUTEIQ_")}
    search = [str(folder), *filter(None, [variables.get("PYTHONPATH")])]
    variables |= {
        "PYTHONPATH": os.pathsep.join(search), "ROUTEIQ_PLUGINS": ",".join(plugins),
        "ROUTEIQ_PLUGINS_ALLOWLIST": ",".join(plugins), "ROUTEIQ_ADMIN_TOKEN": TOKEN, **(environment or {}),
    }  # fmt: skip
    port = free_port()
    given = {name: value for name, value in variables.items() if value}
    gateway = GatewayProcess(folder, port, workers, given)
    try:
        yield gateway
    finally:
        if gateway.process.poll() is None:
            gateway.process.terminate()
            try:
                gateway.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                gateway.process.kill()
                gateway.process.wait()
                raise
