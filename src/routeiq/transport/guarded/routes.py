"""The connections of a guarded client in one event loop: pools by origin and address, and a choice among addresses."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter, deque
from collections.abc import Sequence
from functools import partial
from typing import Final

from routeiq.core.outbound import IPAddress, OutboundURL

from ..connection import Connection
from ..dial import Dial
from ..errors import ConnectFailed, ConnectTimeout, PoolClosed
from ..pool import OriginPool, PoolLimits
from ..response import UpstreamResponse
from ..target import Origin, Target
from .outgoing import Outgoing

HEAD_START: Final = 0.25
"""Seconds that an address has before the next one is tried beside it (RFC 8305 section 5)."""
MOST_POOLS: Final = 256
"""Pools that are kept although nothing uses them."""
LIMITS: Final = PoolLimits(connect_timeout=10.0, keepalive=20.0, max_body=1, max_connections=100)
"""Of the connections to one address. Bodies are counted by who reads them."""


class Routes:
    """Sends requests to addresses that were checked."""

    def __init__(self, loop: asyncio.AbstractEventLoop, dial: Dial | None, limits: PoolLimits = LIMITS) -> None:
        self._loop = loop
        self._dial = dial
        self._limits = limits
        self._pools: dict[tuple[str, IPAddress], OriginPool] = {}
        self._needed: Counter[OriginPool] = Counter()  # by requests whose response has not begun
        self._closed = False

    async def send(
        self, request: Outgoing, addresses: Sequence[IPAddress], tls: ssl.SSLContext | None, read_timeout: float
    ) -> UpstreamResponse:
        """Send a request to one of the addresses, and return the response when its head has come.

        Args:
            tls: Verifies certificates; needed for `https`.
            read_timeout: Seconds without a byte after which it is given up.

        Raises:
            ValueError: The headers cannot be sent as they are; nothing was.
            UpstreamError: No response came.
        """
        target = _target(request.url)
        head = target.head(request.method, request.headers, len(request.body))
        pools: list[OriginPool] = []
        try:
            for address in addresses:
                pool = self._pool(target, address, tls)
                self._needed[pool] += 1
                pools.append(pool)
            pool, connection = _idle(pools) or await _first(pools)
            bodyless = request.method == "HEAD"
            return await pool.exchange(head, request.body, read_timeout, bodyless=bodyless, connection=connection)
        finally:
            self._needed.subtract(pools)

    def close(self) -> None:
        """Close all connections; what is under way ends with `PoolClosed`, and so does every later request."""
        self._closed = True
        for pool in self._pools.values():
            pool.close()

    async def wait_closed(self) -> None:
        """Return when no socket is left."""
        for pool in self._pools.values():
            await pool.wait_closed()

    def _pool(self, target: Target, address: IPAddress, tls: ssl.SSLContext | None) -> OriginPool:
        if self._closed:
            raise PoolClosed(target.name, "the client was closed")
        pool = self._pools.get((target.name, address))
        if pool is None:
            if len(self._pools) >= MOST_POOLS:
                self._forget_unused()
            context = tls if target.origin.tls else None
            pool = OriginPool(target.origin, self._limits, context, self._loop, address=str(address), dial=self._dial)
            self._pools[target.name, address] = pool
        return pool

    def _forget_unused(self) -> None:
        self._needed = +self._needed
        self._pools = {key: pool for key, pool in self._pools.items() if pool in self._needed or not pool.unused}


def _target(url: OutboundURL) -> Target:
    return Target(Origin(url.host, url.port, url.tls), url.path)


def _idle(pools: Sequence[OriginPool]) -> tuple[OriginPool, Connection] | None:
    """Return a connection that lies idle, if there is one."""
    for pool in pools:
        connection = pool.take()
        if connection is not None:
            return pool, connection
    return None


async def _first(pools: Sequence[OriginPool]) -> tuple[OriginPool, Connection]:
    """Return the first connection that can be had; each address has a head start before the next one is tried too."""
    if len(pools) == 1:
        return pools[0], await pools[0].acquire()
    left = deque(pools)
    trying: dict[asyncio.Task[Connection], OriginPool] = {}
    failure: BaseException | None = None
    try:
        while left or trying:
            if left:
                pool = left.popleft()
                trying[asyncio.ensure_future(pool.acquire())] = pool
            done, _ = await asyncio.wait(
                trying, timeout=HEAD_START if left else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                pool = trying.pop(task)
                failure = task.exception()
                if failure is None:
                    return pool, task.result()
                if not isinstance(failure, ConnectFailed | ConnectTimeout):
                    raise failure
        assert failure is not None
        raise failure
    finally:
        for task, pool in trying.items():
            task.cancel()
            task.add_done_callback(partial(_give_back, pool))


def _give_back(pool: OriginPool, task: asyncio.Task[Connection]) -> None:
    """Leave a connection that came second to a later request."""
    if not task.cancelled() and task.exception() is None:
        connection = task.result()
        connection.used = True  # by then its peer may have closed it, as one that has served
        pool.released(connection)
