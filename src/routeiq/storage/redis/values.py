"""The plugins' key-value store on a Redis server: a `StorageBackend` that all replicas share.

The server's `maxmemory` bounds it; its policy should be one of `volatile-*` or `noeviction`, since others may evict the
operator's state.
"""

from __future__ import annotations

import os
from typing import Any

from routeiq_plugin_sdk import Permit

from .scripts import ACQUIRE, INCREMENT, SETTLE, Script
from .server import RedisServer, milliseconds


class RedisStorage:
    """Keeps values on a server that somebody else opens and closes."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    async def get(self, namespace: str, key: str) -> bytes | None:
        name = self._server.key("value", namespace, key)
        found: bytes | None = await self._server.call(lambda client: client.get(name))
        return found

    async def set(self, namespace: str, key: str, value: bytes, expires_in: float | None) -> None:
        name = self._server.key("value", namespace, key)
        lifetime = None if expires_in is None else milliseconds(expires_in)
        await self._server.call(lambda client: client.set(name, value, px=lifetime))

    async def incr(self, namespace: str, key: str, amount: int, expires_in: float | None) -> int:
        lifetime = "" if expires_in is None else milliseconds(expires_in)
        kind, *total = await self._run(INCREMENT, "value", namespace, key, amount, lifetime)
        if kind == b"no number":
            raise ValueError(f"{key!r} holds no decimal number of 64 bits")
        if kind == b"overflow":
            raise OverflowError(f"the sum with {amount} has more than 64 bits")
        return int(total[0])

    async def delete(self, namespace: str, key: str) -> bool:
        name = self._server.key("value", namespace, key)
        removed: int = await self._server.call(lambda client: client.delete(name))
        return removed > 0

    async def acquire(self, namespace: str, key: str, limit: int, window: float, amount: int) -> Permit:
        token = os.urandom(8).hex()
        arguments = limit, milliseconds(window), amount, token
        granted, remaining, left, current = await self._run(ACQUIRE, "window", namespace, key, *arguments)
        return Permit(granted == 1, remaining, left / 1000, key, amount, current.decode())

    async def settle(self, namespace: str, key: str, window: str, correction: int) -> None:
        await self._run(SETTLE, "window", namespace, key, window, correction)

    async def _run(self, script: Script, kind: str, namespace: str, key: str, *arguments: Any) -> Any:
        return await self._server.run(script, [self._server.key(kind, namespace, key)], *arguments)
