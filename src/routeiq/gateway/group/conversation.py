"""Conversations: what two workers say to each other on one connection, each aware of the other's end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .connection import Connection
from .errors import ConversationLost, PeerFailed


@dataclass(frozen=True, slots=True)
class PeerFailure:
    """Why a live worker is not among those that answered.

    Attributes:
        number: Which worker it is.
        kind: `failed`: its handler raised; `slow`: no answer in time; `unknown`: it has no handler for the topic.
        text: What is to be said of it.
    """

    number: int
    kind: Literal["failed", "slow", "unknown"]
    text: str


class Conversation:
    """One side of a conversation; `number` is the worker at the other side.

    The handler is not cancelled when the other side goes: what a half-done change needs then is its own to know.
    """

    def __init__(self, connection: Connection, number: int) -> None:
        self.number = number
        self._connection = connection

    @property
    def lost(self) -> bool:
        """Whether the other side is gone, by its own will or not."""
        return self._connection.lost

    async def wait_lost(self) -> None:
        """Return when the other side is gone."""
        await self._connection.wait_lost()

    async def send(self, payload: Any) -> None:
        """Send what JSON can hold.

        Raises:
            ConversationLost: if the other side is gone. One that goes later may not have seen it.
            BrokenFrame: if it is too long.
            TypeError: if JSON does not know it.
        """
        try:
            await self._connection.send({"message": payload})
        except ConversationLost:
            raise ConversationLost(self.number) from None

    async def receive(self) -> Any:
        """Return what the other side sends next; what it sent before it went is still received.

        Raises:
            ConversationLost: if the other side is gone, or has ended the conversation.
            PeerFailed: if its handler raised.
        """
        try:
            document = await self._connection.receive()
        except ConversationLost:
            raise ConversationLost(self.number) from None
        if isinstance(document, Mapping) and "message" in document:
            return document["message"]
        text = document.get("failed") if isinstance(document, Mapping) else None
        raise PeerFailed(self.number, str(text))

    def close(self) -> None:
        """End the conversation; what was sent still arrives."""
        self._connection.close()


class Peers(list[Conversation]):
    """A conversation with each other worker that joined it; `failures` tells of those which live and did not."""

    def __init__(self, conversations: Iterable[Conversation] = (), failures: tuple[PeerFailure, ...] = ()) -> None:
        super().__init__(conversations)
        self.failures = failures


class Answers(dict[int, Any]):
    """Answers by the number of the worker that gave them.

    Attributes:
        failures: Which workers live and did not answer, and why.
        retiring: Answers of workers that take no new requests and finish what they have: their numbers are those of
            their successors now.
    """

    def __init__(
        self,
        answers: Mapping[int, Any] | None = None,
        failures: tuple[PeerFailure, ...] = (),
        retiring: tuple[Any, ...] = (),
    ) -> None:
        super().__init__(answers or {})
        self.failures = failures
        self.retiring = retiring
