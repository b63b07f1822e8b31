"""The response cache: a hit beside the model `echo` with 5 ms of latency, from each store, and a search in other words.

In the process, through the whole gateway, in elapsed time: what a hit waits for counts. A limit is a tenth of what the
model took in the same run.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, Final

from routeiq_plugin_sdk import Deployment, Headers

from routeiq import PluginManager
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.app import Gateway
from routeiq.gateway.backends.echo import EchoAnswer, EchoBackend
from routeiq.gateway.settings import GatewaySettings
from routeiq_builtin_plugins.response_cache import ResponseCache
from routeiq_builtin_plugins.response_cache.similarity import Direction, SimilarityIndex

from .middleware import SCOPE, send
from .storage import stores
from .table import Row
from .telemetry import HEADERS

LATENCY: Final = 0.005
SHARE: Final = 0.1
"""Of the model's time, what a hit may take."""
_MESSAGES: Final = [
    {"role": "system", "content": "You are a helpful assistant. " * 15},
    {"role": "user", "content": "What is the tallest tower of the world? " * 12},
]
DIMENSIONS: Final = 1536
QUESTIONS: Final = 100

Call = Callable[[], Awaitable[None]]


class SlowEcho(EchoBackend):
    """The model `echo`, as far away as a model is at least."""

    async def send(
        self, deployment: Deployment, path: str, body: bytes, headers: Headers, *, stream: bool
    ) -> EchoAnswer:
        await asyncio.sleep(LATENCY)
        return await super().send(deployment, path, body, headers, stream=stream)


def call_of(app: Any, body: bytes) -> Call:
    """Return what makes one chat completion, as a client that stays until it has its answer."""
    scope = {**SCOPE, "path": "/v1/chat/completions", "headers": HEADERS}

    async def call() -> None:
        messages = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive() -> Any:
            message = next(messages, None)
            return message if message is not None else await asyncio.get_running_loop().create_future()

        await app(dict(scope), receive, send)

    return call


async def gateway(plugin: Any, storage: Any, stack: AsyncExitStack) -> Gateway:
    """Return a gateway with the plugin, or with none."""
    names = {"response-cache": {"enabled": True}} if plugin is not None else {}
    manager = PluginManager(ManagerSettings(plugins=names), storage=storage)  # type: ignore[arg-type]
    if plugin is not None:
        manager.register(plugin)
    await manager.start()
    stack.push_async_callback(manager.stop)
    return Gateway(GatewaySettings(), manager, MemoryState(), backends={"echo": SlowEcho()})


async def elapsed(calls: dict[str, Call], rounds: int) -> dict[str, float]:
    """Return the median of the seconds that each of the calls takes, made in turn."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            began = time.perf_counter()
            await call()
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(values[1:]) for name, values in taken.items()}


async def hits(quick: bool) -> list[Row]:
    """Measure hits from each store."""
    body = json.dumps({"model": "echo", "messages": _MESSAGES}).encode()
    streamed = json.dumps({"model": "echo", "messages": _MESSAGES, "stream": True}).encode()
    async with stores() as kinds, AsyncExitStack() as stack:
        calls: dict[str, Call] = {"the model": call_of(await gateway(None, None, stack), body)}
        for kind, connect in kinds.items():
            store = connect()
            await store.state.open()
            stack.push_async_callback(store.state.close)
            app = await gateway(ResponseCache, store.values, stack)
            calls[f"a hit, {kind}"] = call_of(app, body)
            calls[f"a hit, {kind}, streamed"] = call_of(app, streamed)
        seconds = await elapsed(calls, 30 if quick else 300)
    base = seconds.pop("the model")
    note = f"the model {base * 1e6:,.0f} us"
    return [Row("cache", name, value * 1e6, "us", SHARE * base * 1e6, note=note) for name, value in seconds.items()]


def search(quick: bool) -> list[Row]:
    """Measure the comparison of a question with those of its group, none of which is alike enough."""
    numbers = random.Random(1)

    def vector() -> Direction:
        found = Direction.of([numbers.gauss(0, 1) + 1.5 for _ in range(DIMENSIONS)])
        assert found is not None
        return found

    index = SimilarityIndex(QUESTIONS, QUESTIONS)
    for number in range(QUESTIONS):
        index.add("group", vector(), str(number), float("inf"))
    times = []
    for _ in range(20 if quick else 200):
        asked = vector()
        began = time.perf_counter()
        index.nearest("group", asked, 0.95, 0.0)
        times.append((time.perf_counter() - began) * 1e6)
    return [
        Row("cache", f"{QUESTIONS} questions compared", statistics.median(times), "us", note=f"{DIMENSIONS} numbers")
    ]


def main(quick: bool) -> list[Row]:
    """Measure, and return the rows."""
    return [*asyncio.run(hits(quick)), *search(quick)]
