"""A stream of 1,000 chunks under three guards with windows, beside the same stream without them."""

from __future__ import annotations

import asyncio
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from routeiq_plugin_sdk import (
    Headers,
    LLMCall,
    LLMResponse,
    PluginCapability,
    PluginMetadata,
    StreamWindow,
    WindowText,
    hookimpl,
)

from routeiq import PluginManager
from routeiq.core.calls import LogicalCall
from routeiq.core.dialects import CHAT, AnswerIdentity
from routeiq.core.dialects.passages import Passage
from routeiq.core.logging import Activity
from routeiq.core.replay import chat_events
from routeiq.core.settings import ManagerSettings
from routeiq.core.streams import CallStream

from .table import Row
from .timing import interleaved

CHUNKS = 1_000
PIECES = [f"word{number % 97} " for number in range(CHUNKS)]
EVENTS = list(
    chat_events(
        LLMResponse("".join(PIECES)), id="c", model="m", created=1, include_usage=False, pieces=PIECES
    )
)  # fmt: skip


class Source:
    """An attempt whose stream is there."""

    headers = Headers()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the events."""
        for event in EVENTS:
            yield event

    def response(self) -> LLMResponse:
        """A stream has none."""
        return LLMResponse()

    def passages(self) -> Sequence[Passage]:
        """A stream has none."""
        return ()

    def replace(self, old: Sequence[Passage], texts: Sequence[str]) -> None:
        """A stream has none."""

    async def close(self) -> None:
        """Nothing is held."""


def guard(name: str) -> Any:
    """Return a plugin that looks at every window."""

    async def llm_stream_window(window: WindowText) -> str | None:
        return "[redacted]" if "secret" in window.text else None

    metadata = PluginMetadata(
        name=name, capabilities={PluginCapability.MIDDLEWARE}, stream_window=StreamWindow(size=200, overlap=40)
    )
    return types.SimpleNamespace(metadata=metadata, llm_stream_window=hookimpl(llm_stream_window))


def case(manager: PluginManager) -> Callable[[], Awaitable[object]]:
    """Return what passes the stream once."""
    request = types.SimpleNamespace(messages=[], parameters={})

    async def once() -> None:
        call = LLMCall("c", "chat", "m", True)
        logical = LogicalCall(manager.plans, Activity("bench"), call, None, request)  # type: ignore[arg-type]
        encoder = CHAT.stream_encoder(AnswerIdentity("c", "m", 1, {}), native=True, include_usage=False)
        decoder = CHAT.stream_decoder()
        async for _ in CallStream(logical, Source(), decoder, encoder, native=True, strips_usage=False):
            pass

    return once


async def measure(rounds: int) -> list[Row]:
    """Measure both."""
    without, guarded = (PluginManager(ManagerSettings()) for _ in range(2))
    for number in range(3):
        guarded.register(guard(f"guard-{number}"))
    async with without, guarded:
        seconds = await interleaved({"without": case(without), "guarded": case(guarded)}, rounds=rounds, calls=3)
    added = sorted(
        (one - other) / CHUNKS * 1e6 for one, other in zip(seconds["guarded"], seconds["without"], strict=True)
    )
    return [
        Row("windows", "3 guards, each chunk", added[len(added) // 2], "us", 15, note="what they add to the stream")
    ]


def main(quick: bool = False) -> list[Row]:
    """Measure, and return the rows."""
    return asyncio.run(measure(5 if quick else 25))
