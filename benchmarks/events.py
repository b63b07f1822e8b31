"""The event bus: what emitting costs, and what 100,000 events a second do to requests.

The requests go through the middleware in the same event loop, and are compared with the same requests without events,
measured in turn.
"""

from __future__ import annotations

import asyncio
import statistics
import time
import types
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from routeiq_plugin_sdk import Event, PluginContext, PluginMetadata, hookimpl

from routeiq import PluginManager, PluginMiddleware
from routeiq.core.settings import ManagerSettings

from .middleware import SCOPE, null, receive, send
from .table import Row
from .timing import AsyncCase, interleaved, median

RATE = 100_000  # events a second
BURST = 1_000
LARGEST = 500  # events in one turn of the loop, when the machine had other things to do
DATA = {"model": "m", "tokens": 7}


@asynccontextmanager
async def running(**settings: Any) -> AsyncIterator[tuple[PluginManager, PluginContext]]:
    """Run a manager with one plugin, and yield it with that plugin's context."""
    contexts: list[PluginContext] = []

    def startup(context: PluginContext) -> None:
        contexts.append(context)

    module = types.ModuleType("bench_events")
    module.metadata = PluginMetadata(name="bench-events")  # type: ignore[attr-defined]
    module.startup = hookimpl(startup)  # type: ignore[attr-defined]
    manager = PluginManager(ManagerSettings(**settings))
    manager.register(module)
    async with manager:
        yield manager, contexts[0]


class Reader:
    """A handler that counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, event: Event) -> None:
        """Take an event."""
        self.count += 1


async def emission(listeners: int, quick: bool) -> list[Row]:
    """Return what one event costs its emitter, and how many a second there can be in all."""
    reader, emitting = Reader(), 0.0
    rounds, calls = 11 if quick else 41, 5
    async with running() as (_, context):
        for _ in range(listeners):
            context.events.subscribe("bench.*", reader)

        async def burst() -> None:
            nonlocal emitting
            began = time.thread_time()
            for _ in range(BURST):
                context.events.emit("bench.happened", DATA)
            emitting += time.thread_time() - began
            wanted = reader.count + BURST * listeners
            while reader.count < wanted:
                await asyncio.sleep(0)

        seconds = await interleaved({"burst": burst}, rounds=rounds, calls=calls)
    alone = emitting / ((rounds + 1) * calls * BURST)
    rows = [Row("events", f"emit, {listeners} listening", alone * 1e9, "ns")]
    if listeners == 1:
        together = BURST / median(seconds, "burst")
        rows.append(Row("events", "emitted and delivered, 1 listening", together, "a second", RATE, at_least=True))
    return rows


async def requests(quick: bool) -> list[Row]:
    """Return what events at the rate do to the latency of requests."""
    rounds = 5 if quick else 15
    latencies: dict[int, list[list[float]]] = {0: [], RATE: []}
    rates: list[float] = []
    reader = Reader()
    async with running() as (manager, context):
        app = PluginMiddleware(waiting, manager)
        subscription = context.events.subscribe("bench.*", reader)
        for _ in range(rounds):
            for rate, taken in latencies.items():
                stop = asyncio.Event()
                emitter = asyncio.create_task(emit_at_rate(context, rate, stop))
                began, before = time.perf_counter(), reader.count
                taken.append(await ask(app, 0.2 if quick else 0.5))
                if rate:
                    rates.append((reader.count - before) / (time.perf_counter() - began))
                stop.set()
                await emitter
        note = f"{statistics.median(rates):,.0f} events/s delivered, {subscription.dropped} dropped"
    rows = []
    for share, name, limit in ((0.5, "median", 0.1), (0.99, "99 %", 1.0)):
        added = statistics.median(
            quantile(loaded, share) - quantile(idle, share)
            for idle, loaded in zip(latencies[0], latencies[RATE], strict=True)
        )
        rows.append(Row("events", f"added to a request, {name}", added * 1e3, "ms", limit, note=note))
    return rows


async def telling(quick: bool) -> list[Row]:
    """Return what a request costs whose two events somebody hears, and one of which nobody wants to know."""
    reader = Reader()
    async with running() as (silent, _), running() as (telling, context):
        context.events.subscribe("request.received", reader)
        context.events.subscribe("response.sent", reader)
        apps = {"silent": PluginMiddleware(null, silent), "telling": PluginMiddleware(null, telling)}

        def asked(app: Any) -> AsyncCase:
            async def ask() -> None:
                for _ in range(100):
                    await app(dict(SCOPE), receive, send)
                await asyncio.sleep(0)

            return ask

        cases = {name: asked(app) for name, app in apps.items()}
        seconds = await interleaved(cases, rounds=11 if quick else 41, calls=5)
    added = (median(seconds, "telling") - median(seconds, "silent")) / 100 * 1e6
    note = f"{median(seconds, 'silent') / 100 * 1e6:.2f} us without"
    return [Row("events", "two events of a request, heard", added, "us", note=note)]


async def waiting(scope: Any, receive: Any, send: Any) -> None:
    """Answer after as many turns of the loop as a request takes that is passed on to another server."""
    for _ in range(5):
        await asyncio.sleep(0)
    await null(scope, receive, send)


async def emit_at_rate(context: PluginContext, rate: int, stop: asyncio.Event) -> None:
    """Emit events at a rate, those that are due at each turn of the loop, until told to stop.

    The turns are taken at rate 0 too: then what differs is the events alone.
    """
    began, emitted = time.perf_counter(), 0
    while not stop.is_set():
        due = int((time.perf_counter() - began) * rate)
        for _ in range(min(due - emitted, LARGEST)):
            context.events.emit("bench.happened", DATA)
            emitted += 1
        await asyncio.sleep(0)


async def ask(app: Any, seconds: float) -> list[float]:
    """Send one request after the other, and return how long each took."""
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        await app(dict(SCOPE), receive, send)
        taken.append(time.perf_counter() - began)
    return taken


def quantile(values: list[float], share: float) -> float:
    """Return the value that `share` of them stay below."""
    return sorted(values)[int(share * (len(values) - 1))]


def main(quick: bool) -> list[Row]:
    """Run it."""
    emitted = [row for listeners in (0, 1, 10) for row in asyncio.run(emission(listeners, quick))]
    return [*emitted, *asyncio.run(telling(quick)), *asyncio.run(requests(quick))]
