"""Which tracers are told of requests, calls and hooks; the event bus is one of them as long as somebody listens."""

from __future__ import annotations

from collections.abc import Callable

from .event_tracer import TRACED, EventTracer
from .events import EventBus
from .telemetry import Tracer, joined


class Tracing:
    """The tracers of one manager."""

    def __init__(self, changed: Callable[[Tracer | None], None]) -> None:
        """Make it.

        Args:
            changed: Called with what stands for all tracers, whenever one comes or goes; None: there is none.
        """
        self._changed = changed
        self._tracers: list[Tracer] = []

    def add(self, tracer: Tracer) -> None:
        """Have another tracer told."""
        self._tracers.append(tracer)
        self._changed(joined(self._tracers))

    def remove(self, tracer: Tracer) -> None:
        """Tell a tracer nothing more."""
        self._tracers.remove(tracer)
        self._changed(joined(self._tracers))


class EventTracing:
    """Tells the event bus of requests and calls, exactly while somebody subscribed to their events."""

    def __init__(self, tracing: Tracing) -> None:
        self._tracing = tracing
        self._tracer: EventTracer | None = None

    def heed(self, events: EventBus) -> None:
        """Look who listens by now."""
        heard = not events.heard.isdisjoint(TRACED)
        if heard and self._tracer is None:
            self._tracer = EventTracer(events)
            self._tracing.add(self._tracer)
        elif not heard and self._tracer is not None:
            tracer, self._tracer = self._tracer, None
            self._tracing.remove(tracer)
