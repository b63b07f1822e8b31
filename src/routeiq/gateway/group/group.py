"""What a worker sees of the other workers of its gateway, and of itself among them."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, Protocol

from .conversation import Answers, Peers
from .handlers import Answer, Serve


class Group(Protocol):
    """The workers of one gateway on one machine, seen from one of them.

    A peer is another worker that serves requests: its plugins have started, and it has not been told to end. So a
    worker that has just become a peer may have missed what was said before, and looks that up itself.
    """

    @property
    def number(self) -> int:
        """Which worker this is, from 0; its successor has the same number."""

    @property
    def size(self) -> int:
        """How many workers there are."""

    @property
    def directory(self) -> Path | None:
        """A directory of this gateway's own, which ends with it; None for a single process."""

    @property
    def lead(self) -> bool:
        """Whether this worker does what only one should: at no time do two lead.

        Worker 0 does at first. When the one that leads ends, the serving worker with the lowest number follows.
        """

    async def wait_lead(self) -> None:
        """Return as soon as this worker leads."""

    def answer(self, topic: str, handler: Answer) -> None:
        """Have a handler answer what others ask or broadcast about a topic.

        Args:
            handler: Takes the payload, returns what JSON can hold. What it raises is logged, and told to the asker. It
                is cancelled when nobody waits for its answer any more.

        Raises:
            ValueError: if the topic has a handler already.
        """

    async def ask(self, topic: str, payload: Any = None, timeout: float = 5.0) -> Answers:
        """Ask all peers at once, and return what those answered that did so in time.

        Raises:
            TypeError: for a payload that JSON does not know.
            BrokenFrame: for one that is too long.
        """

    def serve(self, topic: str, handler: Serve) -> None:
        """Have a handler hold the conversations that others begin about a topic; its end is the conversation's.

        Raises:
            ValueError: if the topic has a handler already.
        """

    def converse(self, topic: str, timeout: float = 5.0) -> contextlib.AbstractAsyncContextManager[Peers]:
        """Begin a conversation with each peer; they end with the context.

        Args:
            timeout: Seconds that a peer has to take part; one that does not is among the failures.
        """

    def broadcast(self, topic: str, payload: Any = None) -> None:
        """Tell all peers something and wait for nothing; to each of them, messages arrive in their order.

        Best effort: what a peer is too slow for, or that is underway when it dies, is lost.

        Raises:
            TypeError: for a payload that JSON does not know.
            BrokenFrame: for one that is too long.
        """

    async def open(self) -> None:
        """Become a peer of the others."""

    def retire(self) -> None:
        """Stop to lead, to hold conversations, and to have a number of its own in answers; called before the end."""

    async def close(self) -> None:
        """Leave. Conversations are lost. Closing twice is allowed."""
