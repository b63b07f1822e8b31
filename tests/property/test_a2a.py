"""Laws of agents' streams: where packets end does not matter, and events that nobody changes keep their bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from routeiq_plugin_sdk import Headers, PluginCapability, PluginMetadata, hookimpl

from routeiq import PluginManager
from routeiq.adapters.a2a import A2AAdapter, Agent, Incoming, StreamedAnswer
from routeiq.core.logging import Activity
from routeiq.core.settings import ManagerSettings

ASK = orjson.dumps({"id": 1, "method": "SendStreamingMessage", "params": {"message": {"parts": [{"text": "x"}]}}})


class Stream:
    """An agent that answers with these packets."""

    status = 200
    headers = ((b"content-type", b"text/event-stream"),)

    def __init__(self, packets: list[bytes]) -> None:
        self._packets = packets

    async def request(self, *arguments: Any, **more: Any) -> Stream:
        return self

    async def chunks(self) -> AsyncIterator[bytes]:
        for packet in self._packets:
            yield packet

    async def close(self) -> None:
        pass


def event(text: str, end: str = "\n") -> bytes:
    """Return an event of a stream; its JSON stands in several lines, of which all belong to its data."""
    part = {"taskId": "t", "artifact": {"artifactId": "a", "parts": [{"text": text}]}, "append": True}
    written = orjson.dumps({"id": 1, "result": {"artifactUpdate": part}}, option=orjson.OPT_INDENT_2).decode()
    return "".join(f"data: {line}{end}" for line in written.split("\n")).encode() + end.encode()


class Guard:
    """A gateway with a plugin that keeps the texts it sees, and writes them in capitals if it is to."""

    metadata = PluginMetadata(name="guard", capabilities={PluginCapability.MIDDLEWARE})

    def __init__(self, *, changes: bool) -> None:
        self.seen: list[str] = []
        self.changes = changes
        self.manager = PluginManager(ManagerSettings())
        self.manager.attach(frozenset({"agents"}))
        self.manager.register(self)

    @hookimpl
    async def agent_post_call(self, result: Any) -> Any:
        text = result["artifact"]["parts"][0]["text"]
        self.seen.append(text)
        artifact = {**result["artifact"], "parts": [{"text": text.upper()}]}
        return {**result, "artifact": artifact} if self.changes else None

    async def passed(self, packets: list[bytes]) -> tuple[bytes, list[str]]:
        """Return what a client gets, and what the plugin saw."""
        activity = Activity("r")
        activity.plans = self.manager.plans
        adapter = A2AAdapter([Agent("echo", "http://agent.test", Stream(packets))])  # type: ignore[arg-type]
        answer = await adapter.answer("echo", Incoming("POST", "", b"", Headers(), ASK, ""), activity)
        assert isinstance(answer, StreamedAnswer)
        self.seen.clear()
        return b"".join([frame async for frame in answer.stream.frames]), list(self.seen)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
async def test_a_stream_is_the_same_wherever_it_is_split(end: str) -> None:
    stream = event("one", end) + b": comment" + 2 * end.encode() + event("zwei \u00fc", end)
    guard = Guard(changes=True)
    async with guard.manager:
        expected = await guard.passed([stream])
        assert expected[1] == ["one", "zwei \u00fc"]
        assert b"ZWEI \xc3\x9c" in expected[0]
        for cut in range(len(stream) + 1):
            assert await guard.passed([stream[:cut], stream[cut:]]) == expected


@settings(max_examples=25)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=6), min_size=1, max_size=4), st.data())
def test_however_many_packets_there_are_nothing_is_lost_or_seen_twice(texts: list[str], data: st.DataObject) -> None:
    stream = b"".join(event(text) for text in texts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    packets = [stream[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    async def run() -> tuple[bytes, list[str]]:
        guard = Guard(changes=False)
        async with guard.manager:
            return await guard.passed(packets)

    got, seen = asyncio.run(run())
    assert seen == texts
    results = [orjson.loads(frame.partition(b"data: ")[2]) for frame in got.split(b"\n\n") if frame]
    assert [one["result"]["artifactUpdate"]["artifact"]["parts"][0]["text"] for one in results] == texts
