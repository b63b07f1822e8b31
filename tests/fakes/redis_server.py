"""A real Redis server on a loopback port, which a test can kill, stop for a while, and start again."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .ports import free_port

PROGRAM: Final = "redis-server"
PATIENCE: Final = 20.0
"""Seconds that a start may take on a machine that does much else."""


def is_installed() -> bool:
    """Return whether there is a Redis server on this machine."""
    return shutil.which(PROGRAM) is not None


class RedisServer:
    """A server with a folder of its own. What was written is on disk before it is answered, and outlives a crash.

    Attributes:
        port: Stays the same over restarts.
    """

    def __init__(self, folder: Path, *options: str, password: str | None = None) -> None:
        """Prepare a server.

        Args:
            folder: Where its data lie; made if it does not exist.
            options: For its command line, such as `--maxmemory`, `2mb`.
            password: What clients have to know.
        """
        self.port = free_port()
        self._folder = folder
        self._options = (*options, *(() if password is None else ("--requirepass", password)))
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is, with its password, as a setting has it."""
        user = "" if self._password is None else f":{self._password}@"
        return f"redis://{user}127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, and return when it answers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        command = [PROGRAM, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder), "--save", ""]
        command += ["--appendonly", "yes", "--appendfsync", "always", *self._options]
        if shutil.which("setpriv") is not None:
            # A test run that takes too long dies without an end of its own; the server then goes with it.
            command = ["setpriv", "--pdeathsig", "KILL", *command]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None, f"{PROGRAM} ended with status {self._process.returncode}"
            assert time.monotonic() < deadline, f"{PROGRAM} does not answer"
            time.sleep(0.01)

    def kill(self) -> None:
        """End it at once, as a crash does; its connections break."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in good order."""
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """Let it hang: connections stay open and nothing is answered."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """End a pause."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def forget(self) -> None:
        """Delete its data; it must not be running."""
        assert self._process is None
        shutil.rmtree(self._folder)

    def command(self, *words: str) -> bytes:
        """Send one command over a connection of its own, and return the first line of what it answers."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            if self._password is not None:
                connection.sendall(_encoded("AUTH", self._password))
                _first_line(connection)
            connection.sendall(_encoded(*words))
            return _first_line(connection)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            return self.command("PING") == b"+PONG"
        return False

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(number)
            self._process.wait(PATIENCE)
            self._process = None


@contextlib.contextmanager
def running(folder: Path, *options: str, password: str | None = None) -> Iterator[RedisServer]:
    """Give a server that runs, and end it."""
    server = RedisServer(folder, *options, password=password)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def _encoded(*words: str) -> bytes:
    parts = [word.encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)


def _first_line(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n" not in received:
        chunk = connection.recv(4096)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        received += chunk
    return received.partition(b"\r\n")[0]
