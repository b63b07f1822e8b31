"""What became of events."""

import asyncio

from routeiq.adapters.prometheus.events import event_families


async def test_events_are_counted_by_who_reads_them(plugin, managed):
    arrived = asyncio.Event()

    def startup(context):
        context.events.subscribe("mine.*", lambda event: arrived.set())

    manager = managed(plugin("a", startup))
    async with manager:
        manager.events.subscribe("*", lambda event: None)
        manager.events.figures["a"].dropped += 3
        manager.events.emit("config.changed", {})
        async with asyncio.timeout(5):
            while not manager.events.figures[None].delivered:
                await asyncio.sleep(0)
        delivered, dropped, failed = event_families(manager)
    assert delivered.series == {("a",): 0, ("",): 1}
    assert dropped.series == {("a",): 3, ("",): 0}
    assert failed.series == {("a",): 0, ("",): 0}
