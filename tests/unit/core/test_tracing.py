"""Tracers come and go; the event bus is one exactly while somebody listens."""

from tests.fakes.tracer import NotingTracer

from routeiq.core.event_tracer import EventTracer
from routeiq.core.events import EventBus
from routeiq.core.tracing import EventTracing, Tracing


def test_whoever_is_added_is_told_until_it_is_removed():
    told = []
    tracing = Tracing(told.append)
    first, second = NotingTracer(), NotingTracer()
    tracing.add(first)
    tracing.add(second)
    tracing.remove(first)
    tracing.remove(second)
    assert told[0] is first
    assert told[2] is second
    assert told[3] is None


async def test_the_bus_is_told_of_requests_as_long_as_somebody_listens():
    told = []
    tracing = EventTracing(Tracing(told.append))
    bus = EventBus(0, 100, lambda: tracing.heed(bus))
    bus.open()
    other = bus.subscribe("plugin.error", lambda event: None)
    assert told == []
    requests = bus.subscribe("request.received", lambda event: None)
    assert isinstance(told[-1], EventTracer)
    requests.cancel()
    other.cancel()
    assert told[1:] == [None]
    await bus.close()
