"""The group of a gateway that is a single process: it leads, and has no peers."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from .conversation import Answers, Peers
from .frames import encode
from .handlers import Answer, Handlers, Serve


class SoloGroup:
    """A group of one. What a worker would be refused is refused here too."""

    number = 0
    size = 1
    directory = None
    lead = True

    def __init__(self) -> None:
        self._handlers = Handlers()

    def take_lead(self) -> None:
        """Do nothing: it leads already."""

    async def wait_lead(self) -> None:
        """Return at once."""

    def answer(self, topic: str, handler: Answer) -> None:
        """Take a handler that nobody will ask."""
        self._handlers.answer(topic, handler)

    async def ask(self, topic: str, payload: Any = None, timeout: float = 5.0) -> Answers:
        """Return no answers."""
        encode(payload)
        return Answers()

    def serve(self, topic: str, handler: Serve) -> None:
        """Take a handler that nobody will talk to."""
        self._handlers.serve(topic, handler)

    @contextlib.asynccontextmanager
    async def converse(self, topic: str, timeout: float = 5.0) -> AsyncIterator[Peers]:
        """Converse with nobody."""
        yield Peers()

    def broadcast(self, topic: str, payload: Any = None) -> None:
        """Tell nobody."""
        encode(payload)

    async def open(self) -> None:
        """Do nothing."""

    def retire(self) -> None:
        """Do nothing: a single process leads to its end."""

    async def close(self) -> None:
        """Do nothing."""
