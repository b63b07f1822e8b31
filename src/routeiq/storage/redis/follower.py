"""Follows the operator's state on a server: hears of changes, asks for them, and comes back after every outage.

What is heard is only a reason to ask: the version is asked for after each connect and every few seconds as well, so
that whoever was cut off catches up. A server that lost the state, or its last changes, gets them back from whoever
knows them.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

from routeiq.core.errors import StorageUnavailable

from .copy import KnownState
from .scripts import RESTORE
from .server import RedisServer, is_refusal

CHECK_INTERVAL: Final = 2.0
"""Seconds after which the version is asked for although nothing was heard."""
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 2.0
"""Seconds between two attempts to reach a server that is away."""
CHANGES: Final = "changes"
NOTICES: Final = "notices"

_IDLE = 30.0  # seconds of one read of the subscription: silence is what it mostly hears


class Follower:
    """Keeps `known` at what the server has, as long as `run` runs.

    Attributes:
        known: The state that the server had last, or None if it is not known.
        refusal: Why the server does not let us in, if that is what keeps it away.
        attempted: Set as soon as the first attempt to reach the server has ended.
    """

    def __init__(self, server: RedisServer, known: KnownState | None) -> None:
        """Follow a server.

        Args:
            known: The state that it had when we knew it last.
        """
        self.known = known
        self.refusal = ""
        self.attempted = asyncio.Event()
        self._server = server
        self._changed: Callable[[KnownState], None] = lambda _: None
        self._heard: Callable[[str, Any], None] = lambda *_: None
        self._updating = asyncio.Lock()
        self._alive = True

    def tell(self, changed: Callable[[KnownState], None], heard: Callable[[str, Any], None]) -> None:
        """Set who is told: of each state that becomes `known`, and of the topic and payload of each notice."""
        self._changed, self._heard = changed, heard

    async def run(self) -> None:
        """Follow until cancelled."""
        pause = FIRST_PAUSE
        while True:
            try:
                await self._follow()
            except StorageUnavailable as error:
                self.refusal = str(error) if is_refusal(error.__cause__) else ""
                if not self._server.reason:
                    # It is there, and still of no use.
                    self._server.lost(str(error).removeprefix(f"{self._server.name}: "))
                if self._alive:
                    self._alive, pause = False, FIRST_PAUSE
                self.attempted.set()
            # Not all replicas at once, when a server comes back.
            await asyncio.sleep(pause * random.uniform(0.5, 1))
            pause = min(2 * pause, LONGEST_PAUSE)

    async def update(self) -> None:
        """Bring `known` to what the server has, or the server to what is known, whichever is later.

        Raises:
            StorageUnavailable: if the server is away.
        """
        async with self._updating:
            version, lineage, _ = await self._read("version", "lineage")
            known = self.known
            if known is not None and (version, lineage) == (known.version, known.lineage):
                return
            lost = known is not None and known.version > version and lineage in ("", known.lineage)
            if known is None or not lost or not await self._restore(known):
                self.take(KnownState(*await self._read("version", "lineage", "document")))

    def take(self, state: KnownState) -> None:
        """Note a state that the server has, unless a later one is known."""
        known = self.known
        if known is None or known.lineage != state.lineage or known.version < state.version:
            self.known = state
            self._changed(state)

    async def _follow(self) -> None:
        """Follow until the connection breaks, which raises StorageUnavailable."""
        channels = [self._server.channel(name) for name in (CHANGES, NOTICES)]
        subscription = self._server.subscription()
        try:
            await self._server.attempt(lambda _: subscription.subscribe(*channels))
            await self.update()
            self._server.found()
            self.refusal, self._alive = "", True
            self.attempted.set()
            await _until_one_fails(self._listen(subscription), self._check(subscription))
        finally:
            await self._server.end(subscription)

    async def _listen(self, subscription: Any) -> None:
        changes, notices = (self._server.channel(name).encode() for name in (CHANGES, NOTICES))
        while True:
            with self._server.translated():
                message = await subscription.get_message(ignore_subscribe_messages=True, timeout=_IDLE)
            self._alive = True
            if message is None or message["type"] != "message":
                continue
            if message["channel"] == changes:
                await self.update()
            elif message["channel"] == notices:
                with suppress(ValueError, TypeError):  # anyone may publish anything
                    topic, payload = json.loads(message["data"])
                    self._heard(topic, payload)

    async def _check(self, subscription: Any) -> None:
        """Look after the server at times, and at once when an operation found it away."""
        while True:
            self._alive = False
            await self._server.attempt(lambda _: subscription.ping())
            try:
                async with asyncio.timeout(CHECK_INTERVAL):
                    await self._server.doubted.wait()
            except TimeoutError:
                if not self._alive:
                    raise self._server.lost("no longer answers its subscribers") from None
            self._server.doubted.clear()
            await self.update()
            self._server.found()

    async def _read(self, *fields: str) -> tuple[int, str, str]:
        """Return version, lineage and document, as far as they are among the fields."""
        key = self._server.key("state")
        found = dict(zip(fields, await self._server.attempt(lambda client: client.hmget(key, fields)), strict=True))
        version, lineage, document = (found.get(name) for name in ("version", "lineage", "document"))
        try:
            text = (document or b"{}").decode()
            if not isinstance(json.loads(text), dict):
                raise TypeError("it is no JSON object")
            return int(version or 0), (lineage or b"").decode(), text
        except (ValueError, TypeError) as error:
            message = f"its key {key} holds no state of RouteIQ ({error}): delete it, or choose another cluster's name"
            raise self._server.lost(message) from error

    async def _restore(self, known: KnownState) -> bool:
        arguments = known.version, known.lineage, known.document, self._server.channel(CHANGES)
        return bool(await self._server.attempt_script(RESTORE, [self._server.key("state")], *arguments))


async def _until_one_fails(*coroutines: Coroutine[Any, Any, None]) -> None:
    tasks = [asyncio.ensure_future(one) for one in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
