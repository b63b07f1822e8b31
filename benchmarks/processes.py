"""Gateways as processes: started on a core of their own, measured by the operating system's accounts, and stopped."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

TICK = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running(
    command: Sequence[str],
    port: int,
    *,
    core: int | str,
    folder: Path,
    path: str,
    environment: Mapping[str, str] | None = None,
    patience: float = 60,
) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """Run a server while the context lasts; gives the process, and the seconds until it answered `path` with 200."""
    with (folder / f"{port}.log").open("wb") as log:
        began = time.monotonic()
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *command], cwd=folder, stdout=log, stderr=log,
            env={**os.environ, **(environment or {})}, start_new_session=True,
        )  # fmt: skip
        try:
            yield process, _ready(process, port, path, began + patience, folder / f"{port}.log") - began
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _ready(process: subprocess.Popen[bytes], port: int, path: str, limit: float, log: Path) -> float:
    while time.monotonic() < limit and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            if path.startswith("POST "):
                body = json.dumps({"model": "bench", "messages": [{"role": "user", "content": "x"}]})
                connection.request("POST", path.removeprefix("POST "), body, {"content-type": "application/json"})
            else:
                connection.request("GET", path)
            if connection.getresponse().status == 200:
                return time.monotonic()
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.01)
    raise RuntimeError(f"the server on port {port} never answered:\n{log.read_text()[-2000:]}")


def tree(pid: int) -> list[int]:
    """Return a process and all below it."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process and those below it have used."""
    total = 0
    for one in tree(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICK


def peak_rss(pid: int) -> float:
    """Return the largest resident set of a process tree's members so far, in MiB."""
    peaks = []
    for one in tree(pid):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{one}/status").read_text().splitlines()
            peaks += [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")]
    return max(peaks, default=0.0)


def load(port: int, *, core: int | str, **options: Any) -> dict[str, Any]:
    """Run the load client to its end, and return what it printed."""
    command = [sys.executable, "-m", "benchmarks.load", str(port)]
    for name, value in options.items():
        if value is True:
            command.append(f"--{name}")
        elif value is not False and value is not None:
            command += [f"--{name}", str(value)]
    done = subprocess.run(
        ["taskset", "-c", str(core), *command], capture_output=True, text=True, check=True, timeout=900
    )
    result: dict[str, Any] = json.loads(done.stdout)
    if result["errors"]:
        raise RuntimeError(f"{result['errors']} requests failed")
    return result
