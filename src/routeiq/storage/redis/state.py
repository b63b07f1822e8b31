"""The operator's state on a Redis server: a `StateStore` that all replicas share.

While the server is away the last state that it had is still there, in memory and in a file of this machine.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from routeiq.core.errors import StateConflict, StorageUnavailable
from routeiq.core.state import KEPT_RECORDS, UNREAD_NOTICES, Record, StoredState, encoded
from routeiq.core.watches import Watches

from .copy import KnownState, LocalCopy
from .follower import CHANGES, NOTICES, Follower
from .scripts import ANNOUNCE, LEASE, MEMBERS, RECORD, RECORDS, SAVE
from .server import RedisServer, milliseconds

logger = logging.getLogger(__name__)

OPEN_PATIENCE: Final = 3.0
"""Seconds that a start waits for the server before it goes on with what is known."""


class RedisState:
    """Opens and closes the server's connections, which plugins' values may share, and follows the state."""

    def __init__(self, server: RedisServer, copy: LocalCopy) -> None:
        """Use a server.

        Args:
            copy: Where the last known state is kept on this machine.
        """
        self._server = server
        self._copy = copy
        self._follower = Follower(server, None)
        self._changes: Watches[int] = Watches(1)
        self._topics: dict[str, Watches[Any]] = {}
        self._uncopied = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def available(self) -> bool:
        return not self._server.reason

    @property
    def reason(self) -> str:
        return self._server.reason

    def glance(self) -> StoredState | None:
        """Return the last known state, from the local copy; None if this replica has none."""
        known = self._copy.read()
        return None if known is None else StoredState(known.version, json.loads(known.document))

    async def open(self) -> None:
        """Connect, or go on with the local copy while the server is away.

        Raises:
            StorageUnavailable: if the server is there and refuses us.
        """
        if self._tasks:
            return
        self._server.open()
        self._uncopied = asyncio.Event()
        self._follower = Follower(self._server, await asyncio.to_thread(self._copy.read))
        self._follower.tell(self._on_change, self._on_notice)
        self._tasks = [asyncio.create_task(self._follower.run()), asyncio.create_task(self._keep_copy())]
        with suppress(TimeoutError):
            async with asyncio.timeout(OPEN_PATIENCE):
                await self._follower.attempted.wait()
        if self._follower.refusal:
            refusal = self._follower.refusal
            await self.close()
            raise StorageUnavailable(refusal)
        if not self.available:
            known = self._follower.known
            logger.warning(
                "storage: %s; this start goes on %s",
                self.reason, "without the operator's state" if known is None else "with the last state that is known",
            )  # fmt: skip

    async def close(self) -> None:
        """End all iterators, write what is not in the local copy yet, and let go of the connections."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if tasks:
            await self._write_copy()
        for watches in (self._changes, *self._topics.values()):
            watches.close()
        await self._server.close()

    async def load(self) -> StoredState:
        """Return the state, or the last one that is known here while the server is away."""
        if self.available:
            with suppress(StorageUnavailable):
                await self._follower.update()
        known = self._follower.known
        if known is None:
            raise StorageUnavailable(self.reason)
        return StoredState(known.version, json.loads(known.document))

    async def save(self, expected: int, document: Mapping[str, Any]) -> int:
        """Replace the state. Raises StateConflict if it has another version than `expected`."""
        text, lineage = encoded(document), secrets.token_hex(8)
        arguments = expected, text, lineage, self._server.channel(CHANGES)
        saved, version, lineage = await self._server.run(SAVE, [self._server.key("state")], *arguments)
        if not saved:
            raise StateConflict(expected, version)
        self._follower.take(KnownState(version, lineage.decode(), text))
        return int(version)

    def changes(self) -> AsyncIterator[int]:
        """Return an iterator of versions, the present one first if it is known."""
        watch = self._changes.watch()
        if self._follower.known is not None:
            watch.put(self._follower.known.version)
        return watch

    async def record(self, entry: Mapping[str, Any]) -> None:
        """Append to the audit log; the oldest of too many entries goes."""
        await self._server.run(RECORD, self._log_keys(), encoded(entry), KEPT_RECORDS)

    async def records(self, before: int | None, limit: int) -> Sequence[Record]:
        """Return entries of the audit log, the newest first."""
        found = await self._server.run(RECORDS, self._log_keys(), "" if before is None else before, limit)
        pairs = (entry.split(b" ", 1) for entry in found)
        return [Record(int(number), json.loads(text)) for number, text in pairs]

    async def announce(self, member: str, facts: Mapping[str, Any], expires_in: float) -> None:
        """Note what a process tells of itself."""
        arguments = member, encoded(facts), milliseconds(expires_in)
        await self._server.run(ANNOUNCE, [self._server.key("members")], *arguments)

    async def members(self) -> Mapping[str, Mapping[str, Any]]:
        """Return what processes told of themselves."""
        found = await self._server.run(MEMBERS, [self._server.key("members")])
        return {name.decode(): json.loads(facts) for name, facts in zip(found[::2], found[1::2], strict=True)}

    async def broadcast(self, topic: str, payload: Any) -> None:
        """Publish a notice; who is not connected now misses it."""
        text, channel = encoded([topic, payload]), self._server.channel(NOTICES)
        await self._server.call(lambda client: client.publish(channel, text))

    def listen(self, topic: str) -> AsyncIterator[Any]:
        """Return an iterator of a topic's notices."""
        return self._topics.setdefault(topic, Watches(UNREAD_NOTICES)).watch()

    async def lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take a lease that is free, over, or the holder's own."""
        return bool(await self._server.run(LEASE, [self._server.key("lease", name)], holder, milliseconds(seconds)))

    def _log_keys(self) -> list[str]:
        return [self._server.key("records"), self._server.key("records", "number")]

    def _on_change(self, state: KnownState) -> None:
        self._changes.put(state.version)
        self._uncopied.set()

    def _on_notice(self, topic: str, payload: Any) -> None:
        if topic in self._topics:
            self._topics[topic].put(payload)

    async def _keep_copy(self) -> None:
        while True:
            await self._uncopied.wait()
            await self._write_copy()

    async def _write_copy(self) -> None:
        self._uncopied.clear()
        if self._follower.known is not None:
            await asyncio.to_thread(self._copy.write, self._follower.known)
