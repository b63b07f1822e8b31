"""Where state lives: what reserving a part of a limit costs in each store, and how soon another process sees a change.

Redis is measured where its server and its client are installed: a server of its own, on loopback.
"""

from __future__ import annotations

import asyncio
import importlib.util
import statistics
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tests.fakes import redis_server

from routeiq.core.storage import PluginStorage
from routeiq.storage import Stores, create_stores

from .table import Row

AT_ONCE = 64
WITHIN = 1000.0  # ms; until a change is live everywhere

Connect = Callable[[], Stores]


@asynccontextmanager
async def stores() -> AsyncIterator[dict[str, Connect]]:
    """Yield a function for each kind of store, which gives one more process's connection to it, not open yet."""
    with tempfile.TemporaryDirectory() as folder:
        kinds: dict[str, Connect] = {
            "memory": lambda: create_stores("memory"),
            "SQLite": lambda: create_stores(f"sqlite://{folder}/state.db"),
        }
        if redis_server.is_installed() and importlib.util.find_spec("redis") is not None:
            with redis_server.running(Path(folder, "redis")) as server:
                from routeiq.storage.redis import LocalCopy, RedisServer, RedisState, RedisStorage

                def connect() -> Stores:
                    client = RedisServer(server.url, "bench")
                    copy = LocalCopy(Path(folder, f"{uuid.uuid4().hex}.json"))
                    return Stores(RedisStorage(client), RedisState(client, copy))

                yield {**kinds, "Redis": connect}
        else:
            yield kinds


async def reservations(kind: str, storage: PluginStorage, quick: bool) -> list[Row]:
    """Measure `acquire`, one after the other and many at once."""
    count = 300 if quick else 3000
    times = []
    for _ in range(count):
        began = time.perf_counter()
        await storage.acquire("alone", 10**9, 3600)
        times.append((time.perf_counter() - began) * 1e6)

    async def work() -> None:
        for _ in range(count // AT_ONCE):
            await storage.acquire("together", 10**9, 3600)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    rate = count // AT_ONCE * AT_ONCE / (time.perf_counter() - began)
    return [
        Row("storage", f"acquire, {kind}, one after the other", statistics.median(times), "us"),
        Row("storage", f"acquire, {kind}, {AT_ONCE} at once", rate, "/s"),
    ]


async def change(kind: str, writer: Stores, reader: Stores, quick: bool) -> Row:
    """Measure the time from the begin of a save until another process is told of it."""
    changes = reader.state.changes()
    version = await anext(changes)
    times = []
    for _ in range(5 if quick else 30):
        await asyncio.sleep(0.05)
        began = time.perf_counter()
        version = await writer.state.save(version, {"plugins": {}})
        while await anext(changes) != version:
            pass
        times.append((time.perf_counter() - began) * 1e3)
    return Row("storage", f"a change told to another process, {kind}", statistics.median(times), "ms", WITHIN)


async def measure(quick: bool) -> list[Row]:
    """Measure all kinds of stores."""
    rows = []
    async with stores() as kinds, AsyncExitStack() as stack:
        for kind, connect in kinds.items():
            one, other = connect(), connect()
            for each in (one, other):
                await each.state.open()
                stack.push_async_callback(each.state.close)
            rows += await reservations(kind, PluginStorage("bench", one.values), quick)
            if kind != "memory":  # which no other process sees
                rows.append(await change(kind, one, other, quick))
    return rows


def main(quick: bool) -> list[Row]:
    """Measure, and return the rows."""
    return asyncio.run(measure(quick))
