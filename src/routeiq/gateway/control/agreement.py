"""Workers agree on a change: each makes it ready, and only then it is saved and in force in all of them.

They are asked one after the other by their numbers, this process in its turn. As everybody asks in that order, two
changes at once wait for each other instead of blocking each other. Who loses the connection to the process that asks,
before it said what is to be, looks into the store: a change that was saved holds, any other does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from routeiq.core.errors import (
    ChangeRefused,
    ConfigurationError,
    NoAgreement,
    NotRunningError,
    StateConflict,
    StorageUnavailable,
)
from routeiq.core.state import StateStore

from ..group import Conversation, ConversationLost, Group, PeerFailed
from .participant import Participant, Ready
from .proposal import Proposal, refusal_as_json, refusal_from_json

TOPIC: Final = "change"
READY: Final = "ready"
COMMIT: Final = "commit"
ABORT: Final = "abort"

logger = logging.getLogger(__name__)

Save = Callable[[], Awaitable[object]]


class Agreement:
    """The agreement of one process with the other workers of its gateway.

    Attributes:
        outcomes: What became of the changes that this process led: `applied`, `refused` by plugins or by what is wrong
            with it, `conflict` with one that came first, `failed` where no agreement could be had.
    """

    def __init__(self, group: Group, participant: Participant, state: StateStore, patience: float) -> None:
        """Make it, and answer the other workers from now on.

        Args:
            patience: Seconds that a worker may take to make a change ready.
        """
        self._group = group
        self._participant = participant
        self._state = state
        self._patience = patience
        self._leading = asyncio.Lock()
        self.outcomes: Counter[str] = Counter()
        group.serve(TOPIC, self._follow)

    async def reach(
        self, proposal: Proposal, save: Save | None = None, look: Callable[[], object] = lambda: None
    ) -> None:
        """Put a proposal in force in all workers, or nowhere.

        Args:
            save: Called once all are ready; what it raises takes the change back.
            look: Called right before it is in force in this process, and right after: nothing else comes between.

        Raises:
            ConfigurationError, ChangeRefused: what a worker's plugins, or its order, have against it.
            StateConflict: if a worker follows that version, or a later one, already.
            NoAgreement: if a worker that lives does not answer.
        """
        outcome = "failed"
        try:
            await self._reach(proposal, save, look)
            outcome = "applied"
        except (ConfigurationError, ChangeRefused):
            outcome = "refused"
            raise
        except StateConflict:
            outcome = "conflict"
            raise
        finally:
            self.outcomes[outcome] += 1

    async def _reach(self, proposal: Proposal, save: Save | None, look: Callable[[], object]) -> None:
        async with self._leading, self._group.converse(TOPIC) as peers:
            for failure in peers.failures:
                raise NoAgreement(f"worker {failure.number} takes part in no change: {failure.text}")
            mine: Ready | None = None
            others: list[Conversation] = []
            try:
                for peer in sorted(peers, key=lambda one: one.number):
                    if mine is None and peer.number >= self._group.number:
                        mine = await self._participant.prepare(proposal)
                    if await self._ask(peer, proposal):
                        others.append(peer)
                mine = mine or await self._participant.prepare(proposal)
                if save is not None:
                    await save()
            except BaseException:
                if mine is not None:
                    await mine.abort()
                await self._tell(others, ABORT)
                await self._acknowledged(others)
                raise
            await self._tell(others, COMMIT)
            look()
            mine.commit()
            look()
            await self._acknowledged(others)

    async def settled(self) -> None:
        """Wait until this worker neither leads nor follows a change."""
        async with self._leading:
            await self._participant.settled()

    async def _ask(self, peer: Conversation, proposal: Proposal) -> bool:
        """Ask a worker; return whether it is still there, and ready."""
        try:
            await peer.send(proposal.to_json())
            async with asyncio.timeout(self._patience):
                answer = await peer.receive()
        except (ConversationLost, PeerFailed) as error:
            if isinstance(error, PeerFailed):
                raise NoAgreement(f"worker {peer.number} cannot judge the change: {error.text}") from error
            return False  # it died, and its successor begins with what is in force by then
        except TimeoutError:
            raise NoAgreement(f"worker {peer.number} did not answer within {self._patience:g} s") from None
        if answer != READY:
            raise refusal_from_json(answer, peer.number)
        return True

    async def _tell(self, peers: Sequence[Conversation], word: str) -> None:
        for peer in peers:
            with contextlib.suppress(ConversationLost):
                await peer.send(word)

    async def _acknowledged(self, peers: Sequence[Conversation]) -> None:
        """Wait until workers say that they have done as they were told."""
        for peer in peers:
            try:
                async with asyncio.timeout(self._patience):
                    await peer.receive()
            except (TimeoutError, ConversationLost, PeerFailed) as error:
                logger.warning("worker %d has not said that it is done with a change: %s", peer.number, error)

    async def _follow(self, conversation: Conversation) -> None:
        """Take part in a change that another worker leads."""
        proposal = Proposal.from_json(await conversation.receive())
        try:
            ready = await self._participant.prepare(proposal)
        except (ConfigurationError, ChangeRefused, NotRunningError, StateConflict) as error:
            await conversation.send(refusal_as_json(error))
            return
        word: Any = None
        try:
            await conversation.send(READY)
            word = await conversation.receive()
        except ConversationLost:
            word = COMMIT if await self._was_saved(proposal) else ABORT
            logger.warning("the worker that led a change is gone: the change %s", _FATE[word])
        finally:
            if word == COMMIT:
                ready.commit()
            else:
                await ready.abort()
        if not conversation.lost:
            await conversation.send(COMMIT if word == COMMIT else ABORT)

    async def _was_saved(self, proposal: Proposal) -> bool:
        if proposal.document is None:
            return False
        try:
            stored = await self._state.load()
        except StorageUnavailable:
            return False  # what was saved is found once the store is back
        return stored.version == proposal.version and stored.document == proposal.document


_FATE = {COMMIT: "was saved, and holds", ABORT: "was not saved, and is taken back"}
