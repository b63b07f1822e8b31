"""What metrics cost: a scrape of many plugins, and what a request and a stream's chunk take more for being counted.

What they add to a dispatch stands in `dispatch`.
"""

from __future__ import annotations

import asyncio
import statistics
import time
import types
from collections.abc import AsyncIterator
from typing import Any

from routeiq_plugin_sdk import Headers, LLMCall, LLMResponse, PluginRequest, Usage

from routeiq import PluginManager, PluginMiddleware
from routeiq.adapters.prometheus import Figures, MetricsApp
from routeiq.core.calls import LogicalCall
from routeiq.core.dialects import CHAT, AnswerIdentity
from routeiq.core.logging import Activity
from routeiq.core.replay import chat_events
from routeiq.core.settings import ManagerSettings
from routeiq.core.streams import CallStream

from .middleware import SCOPE, null, plugin, receive, send
from .table import Row
from .timing import interleaved, median, ratio

PLUGINS = 50
PHASES = ("request", "response", "response_headers", "llm_pre_call", "llm_success", "post_routing")
IDENTITY = AnswerIdentity(id="c", model="m", created=1, request={})
CHUNKS = 500


async def measure(quick: bool) -> list[Row]:
    """Return the rows of this benchmark."""
    return [*await _scrape(quick), *await _requests(quick), *await _streams(quick)]


def _hook() -> Any:
    async def hook() -> None:
        """Do nothing."""

    return hook


async def _scrape(quick: bool) -> list[Row]:
    manager = PluginManager(ManagerSettings())
    figures = Figures(manager)
    for number in range(PLUGINS):
        manager.register(plugin(number, {phase: _hook() for phase in PHASES}))
    async with manager:
        for one in manager.counts():
            one.measured(1 << 20)
        took, pauses = [], []
        sizes: list[int] = []
        for _ in range(10 if quick else 40):
            seconds, pause = await _one_scrape(MetricsApp(figures), sizes)
            took.append(seconds)
            pauses.append(pause)
    name = f"scrape of {PLUGINS} plugins in {len(PHASES)} phases each"
    return [
        Row("metrics", name, statistics.median(took[1:]) * 1e3, "ms", 50, note=f"{sizes[0] / 1024:.0f} KiB"),
        Row("metrics", "longest wait of others meanwhile", statistics.median(pauses[1:]) * 1e3, "ms", 15),
    ]


async def _one_scrape(app: MetricsApp, sizes: list[int]) -> tuple[float, float]:
    """Return how long a scrape took, and how long something else that wanted to run had to wait at most."""
    longest, done = 0.0, False

    async def other() -> None:
        nonlocal longest
        while not done:
            began = time.perf_counter()
            await asyncio.sleep(0)
            longest = max(longest, time.perf_counter() - began)

    async def take(message: Any) -> None:
        sizes.append(len(message.get("body", b"")))

    task = asyncio.create_task(other())
    await asyncio.sleep(0)
    began = time.perf_counter()
    await app({"type": "http", "method": "GET", "path": "/metrics", "headers": []}, receive, take)
    seconds = time.perf_counter() - began
    done = True
    await task
    sizes[:] = [max(sizes)]
    return seconds, longest


async def _requests(quick: bool) -> list[Row]:
    plain, counted = PluginManager(ManagerSettings()), PluginManager(ManagerSettings())
    Figures(counted)
    async with plain, counted:
        without, with_metrics = PluginMiddleware(null, plain), PluginMiddleware(null, counted)
        cases = {
            "without": lambda: without(dict(SCOPE), receive, send),
            "with": lambda: with_metrics(dict(SCOPE), receive, send),
        }
        seconds = await interleaved(cases, rounds=11 if quick else 41, calls=1000)
    more = (median(seconds, "with") - median(seconds, "without")) * 1e6
    return [Row("metrics", "a request more", more, "us", 10, note="no plugin, no metrics")]


class Source:
    """An upstream's stream that is there already."""

    headers = Headers()

    def __init__(self) -> None:
        answer = LLMResponse("word " * CHUNKS, usage=Usage(1, CHUNKS, CHUNKS + 1))
        events = chat_events(answer, id="c", model="m", created=1, include_usage=True, pieces=["word "] * CHUNKS)
        self._pieces = list(events)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield it."""
        for piece in self._pieces:
            yield piece

    async def close(self) -> None:
        """Do nothing."""


async def _streams(quick: bool) -> list[Row]:
    source, manager = Source(), PluginManager(ManagerSettings())
    request = types.SimpleNamespace(messages=[], parameters={})

    def case(metered: bool, observed: bool) -> Any:
        async def read() -> None:
            call = LLMCall("c", "chat", "m", True, PluginRequest.mock())
            logical = LogicalCall(manager.plans, Activity("r"), call, None, request)  # type: ignore[arg-type]
            logical.metered, logical.observed = metered, observed
            encoder = CHAT.stream_encoder(IDENTITY, native=True, include_usage=False)
            stream = CallStream(logical, source, CHAT.stream_decoder(), encoder, native=True, strips_usage=metered)  # type: ignore[arg-type]
            async for _ in stream:
                pass

        return read

    cases = {"passing": case(False, False), "metered": case(True, False), "whole": case(True, True)}
    seconds = await interleaved(cases, rounds=11 if quick else 41, calls=2)
    more = (median(seconds, "metered") - median(seconds, "passing")) / CHUNKS * 1e6
    return [
        Row("metrics", "a chunk more, its stream's usage told", more, "us", 1.5, note="a stream that passes"),
        Row("metrics", "a stream's usage told", ratio(seconds, "metered", "whole"), "x", 0.5, note="its answer told"),
    ]


def main(quick: bool) -> list[Row]:
    """Run it."""
    return asyncio.run(measure(quick))
