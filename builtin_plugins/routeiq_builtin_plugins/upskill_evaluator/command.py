"""Runs another program, contained: no shell, a time limit, a limit of what it prints, and an end for all its children.

The program is the leader of a process group of its own, which is ended as a whole, whatever happens here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

GRACE: Final = 0.5
"""Seconds between the word to end and the end."""


class CommandFailed(Exception):
    """A program could not be started, ended with an error, or was ended.

    Attributes:
        reason: Why, in words.
        output: The end of what it printed.
    """

    def __init__(self, reason: str, output: str = "") -> None:
        super().__init__(reason)
        self.reason, self.output = reason, output


class _Watched(asyncio.SubprocessProtocol):
    """A program that runs.

    Attributes:
        printed: What it printed on either stream, up to the limit.
        exited: Done when it has exited.
        stopped: Done when it has, or printed too much.
        gone: Done when it has exited and nobody holds its streams any more.
    """

    def __init__(self, limit: int) -> None:
        loop = asyncio.get_running_loop()
        self.printed = bytearray()
        self.exited: asyncio.Future[None] = loop.create_future()
        self.stopped: asyncio.Future[None] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        self._limit = limit

    @property
    def excessive(self) -> bool:
        """Whether it printed more than it may."""
        return len(self.printed) > self._limit

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.printed += data[: self._limit - len(self.printed) + 1]
        if self.excessive:
            _settle(self.stopped)

    def process_exited(self) -> None:
        _settle(self.exited)
        _settle(self.stopped)

    def connection_lost(self, exc: Exception | None) -> None:
        _settle(self.gone)


async def run(
    command: Sequence[str], directory: Path, environment: Mapping[str, str], timeout: float, max_output: int
) -> str:
    """Run a program to its end, and return what it printed, on either of its streams.

    Args:
        directory: Where it runs.
        environment: All of its variables.
        timeout: Seconds that it may take.
        max_output: Bytes that it may print.

    Raises:
        CommandFailed: if it cannot be started, exits with another status than 0, or exceeds a limit.
    """
    watched = _Watched(max_output)
    try:
        transport, _ = await asyncio.get_running_loop().subprocess_exec(
            lambda: watched, *command, cwd=directory, env=dict(environment), stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise CommandFailed(f"could not be started: {error.strerror or error}") from error
    try:
        async with asyncio.timeout(timeout):
            await asyncio.shield(watched.stopped)
    except TimeoutError:
        raise CommandFailed(f"did not end within {timeout:g} s", _tail(watched.printed)) from None
    finally:
        await _end(transport, watched)
    if watched.excessive:
        raise CommandFailed(f"printed more than {max_output} bytes", _tail(watched.printed))
    status = transport.get_returncode()
    if status:
        how = f"exited with status {status}" if status > 0 else f"was ended by signal {-status}"
        raise CommandFailed(how, _tail(watched.printed))
    return watched.printed.decode(errors="replace")


async def _end(transport: asyncio.SubprocessTransport, watched: _Watched) -> None:
    """End a program and its children: those that it leaves behind too, and when whoever waits for it is cancelled."""
    group = transport.get_pid()
    try:
        if transport.get_returncode() is None:
            _signal(group, signal.SIGTERM)
        await _wait(watched.gone)
    finally:
        _signal(group, signal.SIGKILL)
        await _wait(watched.exited)
        transport.close()  # whoever else holds a stream is not waited for


async def _wait(future: asyncio.Future[None]) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GRACE):
            await asyncio.shield(future)


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _tail(printed: bytearray) -> str:
    return bytes(printed[-500:]).decode(errors="replace").strip()
