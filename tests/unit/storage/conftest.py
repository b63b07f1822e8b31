"""Every kind of store, as often as a test connects to it: each connection stands for a process of its own."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import pytest

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


@pytest.fixture(params=["memory", "sqlite"])
async def connect(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Connect]:
    """await connect(): one more process that has the same store."""
    kind = request.param
    memory = Connection(MemoryStorage(LARGEST), MemoryState())
    async with contextlib.AsyncExitStack() as stack:

        async def make() -> Connection:
            if kind == "memory":
                one = memory
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
