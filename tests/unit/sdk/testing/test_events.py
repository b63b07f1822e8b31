from __future__ import annotations

from typing import Any

import pytest
from routeiq_plugin_sdk import Event
from routeiq_plugin_sdk.testing import MockEvents, MockPluginContext


@pytest.fixture
def context() -> MockPluginContext:
    return MockPluginContext(plugin="p")


async def test_handlers_are_called_with_what_fits(context: MockPluginContext) -> None:
    heard: list[Any] = []
    events: MockEvents = context.events

    async def later(event: Event, context: Any) -> None:
        heard.append((event.name, context.plugin))

    events.subscribe("llm.*", later)
    events.subscribe("llm.call.failed", lambda event: heard.append(event.data["error"]))
    cancelled = events.subscribe("*", lambda event: heard.append("cancelled"))
    cancelled.cancel()
    assert await events.deliver("llm.call.failed", {"error": "x"}) == 2
    assert await events.deliver(Event.mock("request.received")) == 0
    assert heard == [("llm.call.failed", "p"), "x"]
    assert [one.pattern for one in events.subscriptions] == ["llm.*", "llm.call.failed", "*"]


def test_what_is_emitted_is_kept_as_it_was(context: MockPluginContext) -> None:
    data = {"n": 1}
    context.events.emit("p.happened", data)
    data["n"] = 2
    (event,) = context.events.emitted
    assert (event.name, event.data, event.source) == ("p.happened", {"n": 1}, "p")


def test_mistakes_are_told(context: MockPluginContext) -> None:
    with pytest.raises(ValueError, match="no name of an event"):
        context.events.emit("Not A Name")
    with pytest.raises(TypeError, match="must be a mapping"):
        context.events.emit("p.happened", [1])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no pattern"):
        context.events.subscribe("llm.*.failed", print)
    with pytest.raises(ValueError, match="above 0"):
        context.every(0, print)
