"""Events and timers: what a plugin hears of the host and of other plugins, and what it does from time to time.

Handlers and timer functions are `def` or `async def`, run in the host's event loop, outside of any request, and may
take `context`: the plugin's latest one, so that a changed configuration reaches them. A failure of one is logged,
counted and told as `plugin.error`; it stops nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .context import PluginContext


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. All that hear of it are handed the same object, so it is read-only.

    Attributes:
        name: What happened, such as `llm.call.completed`.
        data: What is known about it: a read-only copy of what was emitted. What is nested in it is not copied.
        source: The plugin that emitted it; None: the host.
        request_id: The request in which it happened, or None outside of one.
        time: When it was emitted, in seconds since the epoch.
        worker: The process in which it happened, as in `context.node.worker`.
        id: Unique, over all processes too.
    """

    name: str
    data: Mapping[str, Any]
    source: str | None
    request_id: str | None
    time: float
    worker: int
    id: str

    def to_dict(self) -> dict[str, Any]:
        """Return the event for programs, with the names of its attributes."""
        return {
            "name": self.name,
            "data": dict(self.data),
            "source": self.source,
            "request_id": self.request_id,
            "time": self.time,
            "worker": self.worker,
            "id": self.id,
        }

    @classmethod
    def mock(cls, name: str = "mock.happened", data: Mapping[str, Any] | None = None, **changes: Any) -> Event:
        """Return an event for a test."""
        rest = {"source": None, "request_id": None, "time": 1_700_000_000.0, "worker": 0, "id": "mock-event"}
        return cls(name, {} if data is None else data, **{**rest, **changes})


class HandlerWithContext(Protocol):
    """A handler of events that takes the plugin's latest context too."""

    def __call__(self, event: Event, /, context: PluginContext) -> Awaitable[None] | None: ...


class FunctionWithContext(Protocol):
    """What a timer calls, with the plugin's latest context."""

    def __call__(self, context: PluginContext) -> Awaitable[None] | None: ...


EventHandler = Callable[[Event], Awaitable[None] | None] | HandlerWithContext
TimerFunction = Callable[[], Awaitable[None] | None] | FunctionWithContext


class Subscription(Protocol):
    """A plugin's wish to hear of events, which lasts until it is cancelled or the plugin stops."""

    @property
    def dropped(self) -> int:
        """How many events were not delivered, because more of them waited than the queue holds."""

    def cancel(self) -> None:
        """End it: no call of the handler begins after this, one that runs goes on to its end. Harmless if repeated."""


class Events(Protocol):
    """The event bus, as one plugin sees it: of this process, and of all plugins in it."""

    def emit(self, name: str, data: Mapping[str, Any] | None = None) -> None:
        """Tell whoever subscribed. Returns at once, and may be called from any thread.

        Nothing waits for a reader: one whose queue is full misses the event, which is counted.

        Args:
            name: Words of small letters, digits, `-` and `_`, joined by dots: `my-cache.entry.evicted`. Names that
                begin like those of the host (`llm.`, `request.` ...) are the host's.
            data: Copied before this returns; not what is nested in it.

        Raises:
            ValueError: if the name is the host's, or none at all.
            TypeError: if the data is no mapping.
        """

    def subscribe(self, pattern: str, handler: EventHandler) -> Subscription:
        """Have a handler called with each event of a name, one after the other, in the order of their emission.

        A handler that is slow delays nobody but itself. It is called from the end of `startup` on; when the plugin
        stops, what waits is delivered before `shutdown`, for at most two seconds.

        Args:
            pattern: A name; `llm.*` for all names that begin with `llm.`; `*` for all.
            handler: Takes the event, and `context` if it has an argument of that name.

        Raises:
            ValueError: if the pattern has another form, or fits none of the host's events although it begins like them.
        """


class Timer(Protocol):
    """A function that is called again and again, until it is cancelled or the plugin stops."""

    def cancel(self) -> None:
        """End it: no call begins after this, one that runs goes on to its end. Harmless if repeated."""
