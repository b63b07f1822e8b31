"""Failures that a test has ordered: of the next calls of a hook, of the storage, or of a plugin's HTTP client."""

from __future__ import annotations

from collections import defaultdict, deque

from routeiq_plugin_sdk import Permit

from routeiq.core.memory_storage import MemoryStorage


class Faults:
    """What is to fail, by plugin and by what fails: a hook's name, `storage` or `http`."""

    def __init__(self) -> None:
        self._ordered: defaultdict[tuple[str, str], deque[Exception]] = defaultdict(deque)

    def order(self, plugin: str, target: str, exception: Exception, times: int) -> None:
        """Have the next so many calls fail, behind what was ordered before."""
        self._ordered[plugin, target].extend([exception] * times)

    def meet(self, plugin: str, target: str) -> None:
        """Raise what was ordered for this call, if anything was."""
        ordered = self._ordered.get((plugin, target))
        if ordered:
            raise ordered.popleft()


class FaultyStorage(MemoryStorage):
    """The plugins' storage in memory, which fails when it is told to; a plugin's namespace is its name."""

    faults: Faults

    async def get(self, namespace: str, key: str) -> bytes | None:
        self.faults.meet(namespace, "storage")
        return await super().get(namespace, key)

    async def set(self, namespace: str, key: str, value: bytes, expires_in: float | None) -> None:
        self.faults.meet(namespace, "storage")
        await super().set(namespace, key, value, expires_in)

    async def incr(self, namespace: str, key: str, amount: int, expires_in: float | None) -> int:
        self.faults.meet(namespace, "storage")
        return await super().incr(namespace, key, amount, expires_in)

    async def delete(self, namespace: str, key: str) -> bool:
        self.faults.meet(namespace, "storage")
        return await super().delete(namespace, key)

    async def acquire(self, namespace: str, key: str, limit: int, window: float, amount: int) -> Permit:
        self.faults.meet(namespace, "storage")
        return await super().acquire(namespace, key, limit, window, amount)

    async def settle(self, namespace: str, key: str, window: str, correction: int) -> None:
        self.faults.meet(namespace, "storage")
        await super().settle(namespace, key, window, correction)
