"""`routeiq` as the documentation's examples call it: `serve` listens where nothing else does, and leaves the shell.

It returns once the gateway answers; the gateway that an earlier example of the page started is ended first.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

PLACE = Path(os.environ["DOCUMENTATION_SANDBOX"])
GATEWAY = PLACE / "gateway.json"


def end_the_former() -> None:
    """End the gateway that runs, if one does."""
    if not GATEWAY.exists():
        return
    pid = json.loads(GATEWAY.read_text())["pid"]
    GATEWAY.unlink()
    os.kill(pid, signal.SIGTERM)
    for _ in range(400):
        if not Path(f"/proc/{pid}/stat").exists() or Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            return
        time.sleep(0.05)
    sys.exit(f"the gateway {pid} did not end")


def without(arguments: list[str], *options: str) -> list[str]:
    """Leave out options together with their values."""
    kept, rest = [], iter(arguments)
    for argument in rest:
        if argument in options:
            next(rest)
        else:
            kept.append(argument)
    return kept


def serve(routeiq: str, arguments: list[str]) -> None:
    """Start a gateway on a loopback port that is free."""
    end_the_former()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [routeiq, *without(arguments, "--host", "--port"), "--host", "127.0.0.1", "--port", str(port)]
    with (PLACE / "gateway.log").open("ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5):
                GATEWAY.write_text(json.dumps({"pid": process.pid, "port": port}))
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.05)
    sys.exit(f"the gateway ended:\n{(PLACE / 'gateway.log').read_text()}")


if __name__ == "__main__":
    real, *given = sys.argv[1:]
    if given[:1] == ["serve"] and "--help" not in given:
        serve(real, given)
    else:
        os.execv(real, [real, *given])
