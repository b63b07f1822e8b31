"""`context.events` and `context.every` for unit tests: emitted events are kept, handlers called by hand."""

from __future__ import annotations

import inspect
import itertools
import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ..events import Event, EventHandler, TimerFunction

if TYPE_CHECKING:
    from ..context import PluginContext

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*")


class MockSubscription:
    """The SDK's `Subscription`.

    Attributes:
        pattern: What it is for.
        cancelled: Whether it has ended.
    """

    dropped = 0

    def __init__(self, pattern: str, handler: EventHandler) -> None:
        """Made by `MockEvents.subscribe`."""
        self.pattern = pattern
        self.handler = handler
        self.cancelled = False

    def fits(self, name: str) -> bool:
        """Return whether it is for events of a name, and has not ended."""
        pattern = self.pattern
        fits = pattern in ("*", name) or (pattern.endswith(".*") and name.startswith(pattern[:-1]))
        return fits and not self.cancelled

    def cancel(self) -> None:
        """End it."""
        self.cancelled = True


class MockEvents:
    """The SDK's `Events` of one plugin.

    Attributes:
        emitted: What the plugin has emitted, in order. It reaches no handler: `deliver` does that.
        subscriptions: What the plugin has subscribed to, in order.
    """

    def __init__(self, context: PluginContext) -> None:
        """Made by `MockPluginContext`, whose context handlers are given."""
        self.emitted: list[Event] = []
        self.subscriptions: list[MockSubscription] = []
        self._context = context
        self._serial = itertools.count(1)

    def emit(self, name: str, data: Mapping[str, Any] | None = None) -> None:
        """Keep an event. Raises ValueError for a name that is none, TypeError for data that is no mapping."""
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of an event: small letters, digits, '-' and '_', joined by dots")
        if data is not None and not isinstance(data, Mapping):
            raise TypeError(f"the data of event {name!r} must be a mapping, not {type(data).__name__}")
        copy = MappingProxyType(dict(data or {}))
        self.emitted.append(Event.mock(name, copy, source=self._context.plugin, id=f"mock-{next(self._serial)}"))

    def subscribe(self, pattern: str, handler: EventHandler) -> MockSubscription:
        """Keep a subscription. Raises ValueError for a pattern that is none."""
        if pattern != "*" and not _NAME.fullmatch(pattern.removesuffix(".*")):
            raise ValueError(f"{pattern!r} is no pattern: use a name, the beginning of names such as 'llm.*', or '*'")
        subscription = MockSubscription(pattern, handler)
        self.subscriptions.append(subscription)
        return subscription

    async def deliver(self, event: Event | str, data: Mapping[str, Any] | None = None) -> int:
        """Call the handlers that an event is for, and return how many there are. What one raises is raised.

        Args:
            event: The event, or the name of one that is made of `data`.
            data: Its data.
        """
        told = Event.mock(event, data) if isinstance(event, str) else event
        handlers = [one.handler for one in self.subscriptions if one.fits(told.name)]
        for handler in handlers:
            await called(handler, self._context, told)
        return len(handlers)


class MockTimer:
    """The SDK's `Timer`.

    Attributes:
        seconds: From one call to the next.
        leader: Whether one process calls it for all.
        cancelled: Whether it has ended.
        due: When its next call is due, by the context's clock.
        calls: How often it was called.
    """

    def __init__(
        self, seconds: float, function: TimerFunction, leader: bool, context: PluginContext, now: float
    ) -> None:
        """Made by `MockPluginContext.every`. Raises ValueError if `seconds` is no number above 0."""
        if not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
            raise ValueError(f"every({seconds!r}, ...) needs a number of seconds above 0")
        self.seconds = seconds
        self.leader = leader
        self.cancelled = False
        self.due = now + seconds
        self.calls = 0
        self._function = function
        self._context = context

    async def call(self) -> None:
        """Call its function now. What that raises is raised."""
        self.calls += 1
        await called(self._function, self._context)

    def cancel(self) -> None:
        """End it."""
        self.cancelled = True


async def called(function: Callable[..., Any], context: PluginContext, *arguments: Any) -> None:
    """Call a handler or a timer's function as a host does: with `context` where it takes that, awaited if need be."""
    takes_context = "context" in inspect.signature(function).parameters
    result = function(*arguments, context=context) if takes_context else function(*arguments)
    if inspect.isawaitable(result):
        await result
