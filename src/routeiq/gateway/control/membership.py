"""Who takes part: each process tells the store which version it follows, so that a change can be awaited."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from routeiq.core.errors import StorageUnavailable
from routeiq.core.state import StateStore

INTERVAL: Final = 5.0
"""Seconds between two words of a process, if nothing changes."""
EXPIRY: Final = 3 * INTERVAL
TICK: Final = 0.05

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Convergence:
    """How far a change has come.

    Attributes:
        complete: Whether every process that is known follows that version or a later one, and none of them refused
            any part of it.
        members: What each process says of itself: `name`, `host`, `pid`, `worker`, `version`, `refused` (reasons by
            plugin), `since` (when it started, in unix seconds).
    """

    complete: bool
    members: Sequence[Mapping[str, Any]]


class Membership:
    """One process's word about itself, and a look at all others that share the store."""

    def __init__(self, state: StateStore, name: str, worker: int, follows: Callable[[], Mapping[str, Any]]) -> None:
        """Make it.

        Args:
            name: The process's own, unique among all.
            follows: Returns `version` and `refused` as they are now.
        """
        self._state = state
        self._name = name
        self._follows = follows
        self._constant = {"host": socket.gethostname(), "pid": os.getpid(), "worker": worker, "since": time.time()}
        self._told = asyncio.Event()

    async def run(self) -> None:
        """Tell of this process, again and again, until cancelled."""
        reachable = True
        while True:
            self._told.clear()
            try:
                await self.announce()
                reachable = True
            except StorageUnavailable as error:
                if reachable:
                    logger.warning("other processes do not hear of this one: %s", error)
                reachable = False
            try:
                async with asyncio.timeout(INTERVAL):
                    await self._told.wait()
            except TimeoutError:
                pass

    def changed(self) -> None:
        """Tell the others soon: what this process follows has changed."""
        self._told.set()

    async def announce(self) -> None:
        """Tell of this process now. Raises StorageUnavailable."""
        await self._state.announce(self._name, {**self._constant, **self._follows()}, EXPIRY)

    async def leave(self) -> None:
        """Be known no longer, as far as the store can be reached."""
        try:
            await self._state.announce(self._name, {**self._constant, **self._follows(), "left": True}, 0.001)
        except StorageUnavailable:
            logger.debug("the store is away: this process is known for %g s more", EXPIRY)

    async def converged(self, version: int, seconds: float) -> Convergence:
        """Wait until every process follows a version, at most for so many seconds; return how far it has come.

        Raises:
            StorageUnavailable: if the store cannot be asked.
        """
        end = time.monotonic() + seconds
        await self.announce()
        while True:
            found = await self._state.members()
            members = [{"name": name, **facts} for name, facts in sorted(found.items()) if not facts.get("left")]
            behind = [one for one in members if one["version"] < version]
            if not behind or time.monotonic() >= end:
                complete = not behind and not any(one["refused"] for one in members)
                return Convergence(complete, members)
            await asyncio.sleep(TICK)
