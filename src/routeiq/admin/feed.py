"""Events of all workers as server-sent events: each client has a bounded queue, and loses what that cannot hold.

A client's worker converses with each other worker, which sends it its own events. A worker that comes later is found
within seconds. Nothing that a client does, or does not read, makes an event's emitter wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import orjson
from routeiq_plugin_sdk import Event

from routeiq.core.event_names import check_pattern
from routeiq.core.events import EventBus
from routeiq.core.masking import masked_document
from routeiq.gateway.group import Conversation, ConversationLost, Group, PeerFailed

from .answers import Refusal

TOPIC: Final = "admin events"
QUEUE: Final = 1000
"""Events that wait for one client."""
CLIENTS: Final = 100
"""Clients that one worker serves at a time."""
LARGEST: Final = 64 * 1024
"""Bytes of an event's data; of a larger one only the name is told."""
SEARCH: Final = 2.0
"""Seconds between two looks for workers that have come."""
READY_WITHIN: Final = 2.0
"""Seconds that other workers get to begin; a client does not wait longer for them."""

logger = logging.getLogger(__name__)

Told = tuple[str, str, str]
"""An event on its way to a client: its id, its name, and all of it as JSON."""


class Queue:
    """Events for one reader: bounded, and never waited for by whoever puts one in."""

    def __init__(self) -> None:
        self.dropped = 0
        self._events: deque[Told] = deque()
        self._filled = asyncio.Event()

    def put(self, event: Told) -> None:
        """Add an event, or count it as dropped."""
        if len(self._events) >= QUEUE:
            self.dropped += 1
        else:
            self._events.append(event)
            self._filled.set()

    async def take(self) -> list[Told]:
        """Return what there is, as soon as there is something."""
        await self._filled.wait()
        self._filled.clear()
        found = list(self._events)
        self._events.clear()
        return found


class Feed:
    """The events of all workers, for the clients of one.

    Attributes:
        clients: How many there are now.
        ending: Set when the gateway is about to stop: all streams end then.
    """

    def __init__(self, bus: EventBus, group: Group, ending: asyncio.Event) -> None:
        """Make it, and serve the clients of other workers from now on."""
        self.clients = 0
        self._bus = bus
        self._group = group
        self._dropped_before = 0
        self._queues: set[Queue] = set()
        self._served: set[str] = set()
        self.ending = ending
        group.serve(TOPIC, self._serve)

    @property
    def dropped(self) -> int:
        """How many events clients of this worker have lost since it started."""
        return self._dropped_before + sum(queue.dropped for queue in self._queues)

    def check(self, pattern: str) -> None:
        """Raise Refusal for a pattern that no event can fit, and if there are too many clients already."""
        try:
            check_pattern(pattern)
        except ValueError as error:
            raise Refusal(422, f"{error}.", "invalid_parameter", param="name") from None
        if self.clients >= CLIENTS:
            message = f"This worker has {CLIENTS} clients of events already: try again later."
            raise Refusal(503, message, "too_many_clients", headers={"retry-after": "30"})

    @contextlib.asynccontextmanager
    async def open(self, pattern: str) -> AsyncIterator[Queue]:
        """Subscribe a client; once this is entered, it misses no event of a worker that is there.

        Raises:
            NotRunningError: if the plugins do not run.
        """
        queue = Queue()
        self.clients += 1
        self._queues.add(queue)
        try:
            with self._subscribed(pattern, queue.put):
                ready = asyncio.Event()
                gathering = asyncio.create_task(self._gather(pattern, queue, ready), name="routeiq events of peers")
                try:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(READY_WITHIN):
                            await ready.wait()
                    yield queue
                finally:
                    gathering.cancel()
                    (failure,) = await asyncio.gather(gathering, return_exceptions=True)
                    if isinstance(failure, Exception):
                        logger.error("a client missed the events of other workers", exc_info=failure)
        finally:
            self.clients -= 1
            self._queues.discard(queue)
            self._dropped_before += queue.dropped

    @contextlib.contextmanager
    def _subscribed(self, pattern: str, put: Callable[[Told], None]) -> Any:
        subscription = self._bus.subscribe(pattern, lambda event: put(_told(event)))
        try:
            yield
        finally:
            subscription.cancel()

    # The other workers' events

    async def _gather(self, pattern: str, queue: Queue, ready: asyncio.Event) -> None:
        """Have every other worker send its events, those that come later too."""
        stream = secrets.token_hex(8)
        async with asyncio.TaskGroup() as tasks:
            while True:
                began = asyncio.Event()
                tasks.create_task(self._converse({"stream": stream, "name": pattern}, queue, began))
                await began.wait()
                ready.set()
                await asyncio.sleep(SEARCH)

    async def _converse(self, wanted: dict[str, str], queue: Queue, began: asyncio.Event) -> None:
        """Read the events of those workers that do not send them to this client already."""
        try:
            async with self._group.converse(TOPIC) as peers, asyncio.TaskGroup() as tasks:
                first = [asyncio.Event() for _ in peers]
                for peer, told in zip(peers, first, strict=True):
                    tasks.create_task(_read(peer, wanted, queue, told))
                for told in first:
                    await told.wait()
                began.set()
        finally:
            began.set()

    async def _serve(self, conversation: Conversation) -> None:
        """Send this worker's events to another worker's client, once."""
        wanted = await conversation.receive()
        stream = str(wanted["stream"])
        if stream in self._served or self.ending.is_set():
            return
        self._served.add(stream)
        queue = Queue()
        try:
            with self._subscribed(str(wanted["name"]), queue.put):
                await conversation.send({"ready": True})
                await self._send(conversation, queue)
        finally:
            self._served.discard(stream)

    async def _send(self, conversation: Conversation, queue: Queue) -> None:
        lost = asyncio.create_task(conversation.wait_lost())
        ended = asyncio.create_task(self.ending.wait())
        sending = asyncio.create_task(_forward(conversation, queue))
        tasks = (lost, ended, sending)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _read(peer: Conversation, wanted: dict[str, str], queue: Queue, told: asyncio.Event) -> None:
    try:
        await peer.send(wanted)
        while True:
            message = await peer.receive()
            told.set()
            for event in message.get("events", ()):
                queue.put(tuple(event))
            queue.dropped += message.get("dropped", 0)
    except ConversationLost:
        pass
    except PeerFailed as error:
        logger.warning("the events of worker %d are not shown: %s", peer.number, error.text)
    finally:
        told.set()


async def _forward(conversation: Conversation, queue: Queue) -> None:
    told = 0
    while True:
        events = await queue.take()
        dropped, told = queue.dropped - told, queue.dropped
        await conversation.send({"events": events, "dropped": dropped})


def _told(event: Event) -> Told:
    """Return an event as clients are told of it, secrets masked by their names."""
    document = {
        "name": event.name,
        "time": event.time,
        "worker": event.worker,
        "source": event.source,
        "request_id": event.request_id,
        "id": event.id,
    }
    try:
        text = orjson.dumps(
            {**document, "data": masked_document(event.data)}, default=str, option=orjson.OPT_NON_STR_KEYS
        )
    except (TypeError, ValueError, RecursionError) as error:  # plugins put into events what they like
        text = orjson.dumps({**document, "data": None, "problem": f"JSON cannot hold its data: {error}"})
    if len(text) > LARGEST:
        text = orjson.dumps({**document, "data": None, "problem": f"its data are over {LARGEST} bytes"})
    return event.id, event.name, text.decode()
