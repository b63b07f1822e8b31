"""Every kind of store, as often as a test connects to it: each connection stands for a process of its own."""

from __future__ import annotations

import contextlib
import itertools
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.fakes import redis_server

from routeiq.core.memory_state import MemoryState
from routeiq.core.memory_storage import MemoryStorage
from routeiq.core.state import StateStore
from routeiq.core.storage import StorageBackend
from routeiq.storage.sqlite import Database, SQLiteState, SQLiteStorage

LARGEST = 50


@pytest.fixture
def largest() -> int:
    """How many values, and windows, a namespace of a bounded store has here."""
    return LARGEST


class Connection(NamedTuple):
    """What one process has of a store."""

    values: StorageBackend
    state: StateStore


Connect = Callable[[], Awaitable[Connection]]


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis_server.RedisServer]:
    """A Redis server for many tests, each of which takes a cluster of its own in it."""
    pytest.importorskip("redis", reason="needs routeiq[redis]")
    if not redis_server.is_installed():
        pytest.skip("needs redis-server (Debian's package of that name)")
    with redis_server.running(tmp_path_factory.mktemp("redis")) as one:
        yield one


@pytest.fixture(params=["memory", "sqlite", "redis"])
async def connect(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Connect]:
    """await connect(): one more process that has the same store."""
    kind = request.param
    memory = Connection(MemoryStorage(LARGEST), MemoryState())
    server = request.getfixturevalue("shared_redis") if kind == "redis" else None
    cluster = uuid.uuid4().hex
    opened = itertools.count()
    async with contextlib.AsyncExitStack() as stack:

        async def make() -> Connection:
            if kind == "memory":
                one = memory
            elif server is not None:
                from routeiq.storage.redis import LocalCopy, RedisServer, RedisState, RedisStorage

                client = RedisServer(server.url, cluster)
                copy = LocalCopy(tmp_path / f"copy-{next(opened)}.json")
                one = Connection(RedisStorage(client), RedisState(client, copy))
            else:
                database = Database(tmp_path / "state.db")
                one = Connection(SQLiteStorage(database, LARGEST), SQLiteState(database))
            await one.state.open()
            stack.push_async_callback(one.state.close)
            return one

        yield make


@pytest.fixture
async def backend(connect: Connect) -> StorageBackend:
    return (await connect()).values


@pytest.fixture
async def state(connect: Connect) -> StateStore:
    return (await connect()).state
