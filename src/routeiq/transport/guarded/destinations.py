"""Addresses that a URL may be reached at: its name resolved once, and all of its addresses checked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Final

from routeiq_plugin_sdk import OutboundError

from routeiq.core.outbound import IPAddress, OutboundPolicy, OutboundURL

Resolve = Callable[[str], Awaitable[Sequence[IPAddress]]]
"""Returns the addresses of a name, the best one first. Raises OSError if it has none."""

REMEMBERED: Final = 5.0
"""Seconds that a checked answer is used again."""
MOST_REMEMBERED: Final = 1024
MOST_PENDING: Final = 256
"""Names that are looked up at a time; who can make plugins ask for names of theirs must not fill the memory."""


class SystemResolver:
    """The operating system's resolver, in threads of its own: a slow name server delays nobody but plugins."""

    def __init__(self, threads: int = 8) -> None:
        self._threads = ThreadPoolExecutor(threads, "routeiq names of plugins' requests")

    async def __call__(self, name: str) -> Sequence[IPAddress]:
        """Return the addresses of a name."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _look_up, name)


def _look_up(name: str) -> Sequence[IPAddress]:
    # As bytes, so that Python's own IDNA does not come into it.
    found = socket.getaddrinfo(name.encode("ascii"), None, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return tuple(dict.fromkeys(ip_address(str(entry[4][0])) for entry in found))


class Destinations:
    """The checked addresses of URLs, in one event loop."""

    def __init__(self, policy: OutboundPolicy, resolve: Resolve, *, remembered: float = REMEMBERED) -> None:
        """Make an empty table.

        Args:
            remembered: Seconds that an answer is used again.
        """
        self._policy = policy
        self._resolve = resolve
        self._remembered = remembered
        self._known: dict[tuple[str, int], tuple[float, tuple[IPAddress, ...]]] = {}
        self._pending: dict[str, asyncio.Task[Sequence[IPAddress]]] = {}

    async def of(self, url: OutboundURL) -> tuple[IPAddress, ...]:
        """Return the addresses that a request may connect to, the best one first.

        Args:
            url: One that the policy has parsed: if it names an address, that was checked.

        Raises:
            OutboundRefused: One of them may not be connected to.
            OutboundError: The name has none.
        """
        if url.address is not None:
            return (url.address,)
        now = asyncio.get_running_loop().time()
        until, addresses = self._known.get((url.host, url.port), (0.0, ()))
        if now < until:
            return addresses
        addresses = tuple(await self._answer(url))
        self._policy.check(url, addresses)
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[url.host, url.port] = now + self._remembered, addresses
        return addresses

    def close(self) -> None:
        """Give up what is being looked up."""
        for task in self._pending.values():
            task.cancel()

    async def _answer(self, url: OutboundURL) -> Sequence[IPAddress]:
        """Return all addresses of a name; requests that ask at the same time share the answer."""
        task = self._pending.get(url.host)
        if task is None:
            if len(self._pending) >= MOST_PENDING:
                raise OutboundError(url.authority, f"{MOST_PENDING} other names are being looked up")
            task = self._pending[url.host] = asyncio.ensure_future(self._resolve(url.host))
            task.add_done_callback(lambda done: self._answered(url.host, done))
        try:
            addresses = await asyncio.shield(task)
        except (OSError, ValueError) as error:  # the latter for an address that Python does not understand
            raise OutboundError(url.authority, f"the name cannot be resolved: {error}") from error
        if not addresses:
            raise OutboundError(url.authority, "the name has no address")
        return addresses

    def _answered(self, host: str, task: asyncio.Task[Sequence[IPAddress]]) -> None:
        del self._pending[host]
        if not task.cancelled():
            task.exception()  # who waited may be gone
