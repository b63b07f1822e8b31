"""The event bus: carries what happens from whoever emits it to whoever subscribed, and never makes an emitter wait.

Each subscription has a queue and a task of its own (`subscriptions.py`), so that a slow handler harms itself alone. All
queues belong to the manager's loop. Other threads (offloaded hooks, hosts with a loop of their own) put events into
one inbox, which the loop empties: one wake-up for however many came meanwhile.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from routeiq_plugin_sdk import Event
from routeiq_plugin_sdk.events import EventHandler

from .errors import NotRunningError
from .event_names import HOST_EVENTS, check_own, check_pattern, fits
from .lifetime import Lifetime
from .logging import current_activity
from .subscriptions import BusSubscription, EventFigures

QUEUE: Final = 10_000
_KNOWN_NAMES: Final = 1_000

_Subscriptions: TypeAlias = tuple[BusSubscription, ...]


class EventBus:
    """The events of one manager.

    Attributes:
        heard: The host's events that somebody subscribed to: a host looks here before it makes one. Replaced, never
            changed.
        figures: What became of events, by the plugin that subscribed; None: the host's own subscriptions.
    """

    def __init__(self, worker: int = 0, limit: int = QUEUE, on_change: Callable[[], None] | None = None) -> None:
        """Make a bus that carries nothing yet.

        Args:
            worker: The number of this process, for events.
            limit: How many events may wait for one subscription, and in the inbox of other threads.
            on_change: Called in the loop's thread when `heard` has changed.
        """
        self.heard: frozenset[str] = frozenset()
        self.figures: dict[str | None, EventFigures] = {}
        self._worker = worker
        self._limit = limit
        self._on_change = on_change
        self._table = _Table(())
        self._names: set[str] = set()
        self._lock = threading.Lock()  # of changes to the table, and of what the inbox lost
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._inbox: deque[tuple[Event, _Subscriptions]] = deque()
        self._inbox_is_seen_to = False
        self._lost: Counter[BusSubscription] = Counter()
        self._host: Lifetime | None = None
        # Unique without a system call for each: random for each process, then counted.
        self._prefix = secrets.token_hex(8)
        self._serial = itertools.count(1)

    def open(self) -> None:
        """Carry events, in the loop that runs now, which all handlers will be called in."""
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        self._host = Lifetime()
        self._host.begin()

    async def close(self) -> None:
        """End the subscriptions that are left: the host's own."""
        host, self._host = self._host, None
        if host is not None:
            await host.end()

    @property
    def dropped(self) -> int:
        """How many events found a queue full, one for each subscription that missed it."""
        return sum(figures.dropped for figures in self.figures.values())

    def wanted(self, name: str) -> bool:
        """Return whether anybody subscribed to one of the host's events."""
        return name in self.heard

    def subscribe(self, pattern: str, handler: EventHandler, lifetime: Lifetime | None = None) -> BusSubscription:
        """Have a handler called with each event that the pattern fits.

        Args:
            lifetime: Of the plugin that subscribes; None: the host, until the bus is closed.

        Raises:
            ValueError: if the pattern is none.
            NotRunningError: if the plugin is stopped, or for the host, if the bus is not open.
        """
        check_pattern(pattern)
        lifetime = self._host if lifetime is None else lifetime
        if lifetime is None:
            raise NotRunningError("the event bus is closed: subscribe once the manager is started")
        figures = self.figures.setdefault(lifetime.plugin, EventFigures())
        subscription = BusSubscription(lifetime, pattern, handler, self._limit, figures, self.remove)
        self._set(lambda present: (*present, subscription))
        try:
            lifetime.take(subscription)
        except NotRunningError:
            self.remove(subscription)
            raise
        return subscription

    def remove(self, subscription: BusSubscription) -> None:
        """Give a subscription no further events than those that were emitted by now."""
        if self._inbox and threading.get_ident() == self._thread:
            self._empty_inbox()
        self._set(lambda present: tuple(one for one in present if one is not subscription))

    def _set(self, change: Callable[[_Subscriptions], _Subscriptions]) -> None:
        with self._lock:
            before = self.heard
            self._table = _Table(change(self._table.subscriptions))
            self.heard = frozenset(name for name in HOST_EVENTS if self._table.readers(name))
            changed = self.heard != before
        if changed and self._on_change is not None:
            self._in_loop(self._on_change)

    def _in_loop(self, function: Callable[[], None]) -> None:
        """Call a function in the loop's thread: at once, or soon from another one."""
        if threading.get_ident() == self._thread:
            function()
        elif self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function)

    def emit(self, name: str, data: Mapping[str, Any], *, request_id: str | None = None) -> None:
        """Tell of something that happened in the host.

        Args:
            data: Handed over: whoever emits it does not change it any more.
            request_id: The request in which it happened; None: that of the current activity.
        """
        readers = self._table.readers(name)
        if readers:
            self._send(name, data, None, request_id, readers)

    def emit_own(self, plugin: str, name: str, data: Mapping[str, Any] | None) -> None:
        """Tell of something that a plugin says; raises as `Events.emit` does."""
        if name not in self._names:
            self._learn(plugin, name)
        if data is not None and type(data) is not dict and not isinstance(data, Mapping):
            raise TypeError(
                f"plugin {plugin!r}: the data of event {name!r} must be a mapping, not {type(data).__name__}"
            )
        readers = self._table.readers(name)
        if readers:
            self._send(name, {} if data is None else dict(data), plugin, None, readers)

    def _learn(self, plugin: str, name: str) -> None:
        check_own(plugin, name)
        if len(self._names) >= _KNOWN_NAMES:  # names that are made up as they come must not fill the memory
            self._names.clear()
        self._names.add(name)

    def _send(
        self,
        name: str,
        data: Mapping[str, Any],
        source: str | None,
        request_id: str | None,
        readers: _Subscriptions,
    ) -> None:
        if request_id is None:
            activity = current_activity.get()
            if activity is not None:
                request_id = activity.request_id
        number = f"{self._prefix}-{next(self._serial)}"
        event = Event(name, MappingProxyType(data), source, request_id, time.time(), self._worker, number)
        if threading.get_ident() == self._thread:
            if self._inbox:  # what came before this must not arrive after it
                self._empty_inbox()
            for reader in readers:
                reader.put(event)
        else:
            self._hand_over(event, readers)

    def _hand_over(self, event: Event, readers: _Subscriptions) -> None:
        """Put an event into the inbox, from a thread that is not the loop's."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        if len(self._inbox) >= self._limit:
            with self._lock:
                self._lost.update(readers)
            return
        self._inbox.append((event, readers))
        if not self._inbox_is_seen_to:
            self._inbox_is_seen_to = True
            try:
                loop.call_soon_threadsafe(self._empty_inbox)
            except RuntimeError:  # it has been closed meanwhile
                self._inbox_is_seen_to = False

    def _empty_inbox(self) -> None:
        # Before the first look into it: whoever adds something after that look finds that nobody sees to it.
        self._inbox_is_seen_to = False
        for _ in range(len(self._inbox)):
            event, readers = self._inbox.popleft()
            for reader in readers:
                reader.put(event)
        if self._lost:
            with self._lock:
                lost, self._lost = self._lost, Counter()
            for reader, count in lost.items():
                reader.drop(count)


class _Table:
    """Which subscriptions an event goes to, found out once for each name. A change of them makes a new table."""

    __slots__ = ("_readers", "subscriptions")

    def __init__(self, subscriptions: _Subscriptions) -> None:
        self.subscriptions = subscriptions
        self._readers: dict[str, _Subscriptions] = {}

    def readers(self, name: str) -> _Subscriptions:
        found = self._readers.get(name)
        if found is None:
            found = tuple(one for one in self.subscriptions if fits(one.pattern, name))
            if len(self._readers) >= _KNOWN_NAMES:
                self._readers.clear()
            self._readers[name] = found
        return found


class PluginEvents:
    """The SDK's `Events`: the bus as one plugin sees it."""

    __slots__ = ("_bus", "_lifetime", "_plugin")

    def __init__(self, bus: EventBus, lifetime: Lifetime) -> None:
        assert lifetime.plugin is not None, "the host speaks for itself"
        self._bus = bus
        self._lifetime = lifetime
        self._plugin = lifetime.plugin

    def emit(self, name: str, data: Mapping[str, Any] | None = None) -> None:
        """Tell whoever subscribed."""
        self._bus.emit_own(self._plugin, name, data)

    def subscribe(self, pattern: str, handler: EventHandler) -> BusSubscription:
        """Have a handler called with each event that the pattern fits."""
        return self._bus.subscribe(pattern, handler, self._lifetime)
