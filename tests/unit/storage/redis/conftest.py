"""A cluster of replicas on a real server, which a test may kill."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

pytest.importorskip("redis", reason="needs routeiq[redis]")

from tests.fakes.redis_server import RedisServer as Program

from routeiq.storage.redis import LocalCopy, RedisServer, RedisState, RedisStorage

TIMEOUT = 1.0  # seconds that an operation may take: short, and long enough for a machine that does much else


class Replica:
    """One process of the cluster, with a file for its own copy."""

    def __init__(self, url: str, copy: Path, cluster: str = "test") -> None:

        self.server = RedisServer(url, cluster, TIMEOUT)
        self.values = RedisStorage(self.server)
        self.copy = copy
        self.state = RedisState(self.server, LocalCopy(copy))


Replicas = Callable[..., Awaitable[Replica]]


@pytest.fixture
async def replica(redis_server: Program, tmp_path: Path) -> AsyncIterator[Replicas]:
    """await replica(name): a replica that is open; `open=False`: one that is not yet."""
    made: list[Replica] = []

    async def make(name: str = "one", *, open: bool = True, cluster: str = "test") -> Replica:
        one = Replica(redis_server.url, tmp_path / f"{name}.json", cluster)
        made.append(one)
        if open:
            await one.state.open()
        return one

    yield make
    for one in made:
        await one.state.close()


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], Awaitable[None]]:
    """Wait until a condition holds."""

    async def wait(condition: Callable[[], object]) -> None:
        async with asyncio.timeout(15):
            while not condition():
                await asyncio.sleep(0.01)

    return wait
