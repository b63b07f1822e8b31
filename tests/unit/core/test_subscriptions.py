"""What becomes of events on their way to one handler."""

import asyncio
import logging

import pytest
from routeiq_plugin_sdk import Event

from routeiq.core.event_names import PLUGIN_ERROR
from routeiq.core.events import EventBus
from routeiq.core.lifetime import Lifetime


class Plugin:
    """A plugin's lifetime on a bus; `told` has its failures."""

    def __init__(self, bus, name="p"):
        self.bus, self.told = bus, []
        self.lifetime = Lifetime(name, lambda plugin, hook, error, count=1: self.told.append((hook, error)))

    def subscribe(self, handler, pattern="*"):
        return self.bus.subscribe(pattern, handler, self.lifetime)


@pytest.fixture
async def plugin():
    bus = EventBus(limit=5)
    bus.open()
    one = Plugin(bus)
    yield one
    await one.lifetime.end()
    await bus.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def emit(bus, *names):
    for name in names:
        bus.emit_own("p", name, None)
    for _ in range(5):
        await asyncio.sleep(0)


async def test_handlers_are_called_in_order_def_or_async_once_the_plugin_runs(plugin):
    plain, waited = [], []

    async def handler(event):
        await asyncio.sleep(0)
        waited.append(event.name)

    plugin.subscribe(lambda event: plain.append(event.name))
    plugin.subscribe(handler)
    await emit(plugin.bus, "p.a", "p.b")
    assert (plain, waited) == ([], [])
    plugin.lifetime.begin()
    await emit(plugin.bus, "p.c")
    assert plain == waited == ["p.a", "p.b", "p.c"]


async def test_a_handler_is_handed_the_latest_context_if_it_takes_it(plugin):
    seen = []

    def handler(event, context):
        seen.append(context)

    plugin.lifetime.context = "old"
    plugin.subscribe(handler)
    plugin.lifetime.begin()
    plugin.lifetime.context = "new"
    await emit(plugin.bus, "p.a")
    assert seen == ["new"]


async def test_the_newest_are_dropped_and_counted_while_the_handler_is_slow(plugin, caplog):
    gate, seen = asyncio.Event(), []

    async def handler(event):
        await gate.wait()
        seen.append(event.name)

    slow, quick = plugin.subscribe(handler), plugin.subscribe(lambda event: None)
    plugin.lifetime.begin()
    await emit(plugin.bus, "p.0")
    for number in range(1, 10):
        await emit(plugin.bus, f"p.{number}")
    assert (slow.dropped, quick.dropped, slow.waiting) == (4, 0, 5)
    assert plugin.bus.dropped == plugin.bus.figures["p"].dropped == 4
    gate.set()
    await emit(plugin.bus, "p.after")
    assert seen == ["p.0", "p.1", "p.2", "p.3", "p.4", "p.5"]  # those that found room, and then what comes anew
    await emit(plugin.bus, "p.later")
    assert seen[-1] == "p.later"
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings == ["plugin p: the handler of events '*' is slower than they come: 1 were dropped so far, 5 wait"]


async def test_a_failure_is_counted_and_told_and_the_next_event_is_handled(plugin, caplog):
    seen = []

    def handler(event):
        if event.name == "p.bad":
            raise ValueError("boom")
        if event.name == "p.exit":
            raise SystemExit(3)
        seen.append(event.name)

    plugin.subscribe(handler, "p.*")
    plugin.lifetime.begin()
    await emit(plugin.bus, "p.bad", "p.exit", "p.good")
    assert seen == ["p.good"]
    figures = plugin.bus.figures["p"]
    assert (figures.delivered, figures.failed, figures.dropped) == (3, 2, 0)
    assert [(hook, str(error)) for hook, error in plugin.told] == [("events.subscribe", "boom")]
    assert "plugin p failed in the handler of events 'p.*': ValueError: boom" in caplog.text


async def test_a_cancellation_of_its_own_is_a_failure_like_any_other(plugin):
    async def handler(event):
        raise asyncio.CancelledError

    plugin.subscribe(handler)
    plugin.lifetime.begin()
    await emit(plugin.bus, "p.a")
    await emit(plugin.bus, "p.b")
    assert plugin.bus.figures["p"].failed == 2


async def test_a_failure_at_the_news_of_a_failure_is_logged_and_told_to_nobody(plugin, caplog):
    def handler(event):
        raise ValueError("boom")

    plugin.subscribe(handler)
    plugin.lifetime.begin()
    plugin.bus.emit(PLUGIN_ERROR, {})
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert plugin.told == []
    assert "boom" in caplog.text


async def test_what_a_handler_returns_is_awaited_if_it_can_be_and_ignored_if_not(plugin):
    seen = []

    async def later():
        seen.append("awaited")

    plugin.subscribe(lambda event: later())
    plugin.subscribe(lambda event: "a word")
    plugin.lifetime.begin()
    await emit(plugin.bus, "p.a")
    assert seen == ["awaited"]
    assert plugin.bus.figures["p"].failed == 0


async def test_after_a_cancellation_no_call_begins_and_the_one_that_runs_goes_on(plugin):
    seen, gate = [], asyncio.Event()

    async def handler(event):
        await gate.wait()
        seen.append(event.name)

    subscription = plugin.subscribe(handler)
    plugin.lifetime.begin()
    await emit(plugin.bus, "p.a", "p.b")
    subscription.cancel()
    subscription.cancel()
    gate.set()
    await emit(plugin.bus, "p.c")
    assert seen == ["p.a"]
    assert subscription.task.done()


async def test_a_handler_may_cancel_its_own_subscription(plugin):
    seen = []

    def handler(event):
        seen.append(event.name)
        subscription.cancel()

    subscription = plugin.subscribe(handler)
    plugin.lifetime.begin()
    await emit(plugin.bus, "p.a", "p.b")
    assert seen == ["p.a"]


async def test_a_subscription_can_be_cancelled_before_the_plugin_runs(plugin):
    subscription = plugin.subscribe(lambda event: None)
    await emit(plugin.bus, "p.a")
    subscription.cancel()
    plugin.lifetime.begin()
    assert subscription.task is None
    subscription.put(Event.mock())
    assert subscription.waiting == 0


async def test_what_waits_when_the_plugin_stops_is_delivered_and_nothing_after(plugin):
    seen = []

    async def handler(event):
        await asyncio.sleep(0.001)
        seen.append(event.name)

    plugin.subscribe(handler)
    plugin.lifetime.begin()
    plugin.bus.emit_own("p", "p.a", None)
    plugin.bus.emit_own("p", "p.b", None)
    ending = asyncio.create_task(plugin.lifetime.end())
    await asyncio.sleep(0)
    plugin.bus.emit_own("p", "p.late", None)
    await ending
    assert seen == ["p.a", "p.b"]


async def test_a_handler_that_never_waits_gives_others_their_turn():
    bus, turns = EventBus(limit=100_000), 0
    bus.open()
    plugin = Plugin(bus)
    subscription = plugin.subscribe(lambda event: None)
    plugin.lifetime.begin()
    for _ in range(20_000):
        bus.emit_own("p", "p.a", None)
    while subscription.waiting:
        turns += 1
        await asyncio.sleep(0)
    assert turns > 10
    await plugin.lifetime.end()
    await bus.close()
