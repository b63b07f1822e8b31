"""Follows the operator's state: from the start on, and whenever another process changes it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from routeiq.core.errors import ChangeRefused, ConfigurationError, StorageUnavailable
from routeiq.core.manager import PluginManager
from routeiq.core.state import StateStore, StoredState

from ..group import Group
from .agreement import Agreement
from .participant import Moved, Participant
from .proposal import Proposal

IN_FORCE: Final = "in force"
ANSWERED_WITHIN: Final = 2.0
SETTLED_WITHIN: Final = 60.0
LOOKS: Final = 10
"""How often the other workers are asked until all have the same."""

logger = logging.getLogger(__name__)


class Following:
    """Brings one process to where the other workers, or the store, are."""

    def __init__(
        self, manager: PluginManager, participant: Participant, agreement: Agreement, state: StateStore, group: Group
    ) -> None:
        """Make it, and tell other workers that begin what is in force here."""
        self._manager = manager
        self._agreement = agreement
        self._participant = participant
        self._state = state
        self._group = group
        group.answer(IN_FORCE, self._in_force)

    async def begin(self) -> None:
        """Take up what is in force before the plugins start.

        A worker that takes another one's place begins with what the others have: a file may say by now what they
        refused. What a plugin cannot start with shows at its start, as always.
        """
        answers = await self._of_others(settled=False)
        proposal = answers[0] if answers else None
        if proposal is None:
            try:
                stored = await self._state.load()
            except StorageUnavailable as error:
                logger.error("starting without the operator's state: %s", error)  # noqa: TRY400
                return
            proposal = Proposal(stored.version, stored.document)
        self._participant.begin_with(proposal)

    async def catch_up(self) -> None:
        """Take up what the other workers have put in force while this one started.

        They know it by now, and ask it about each change that begins. Of one that had begun before, this process hears
        by waiting until nobody leads or follows one any more, and all have the same.
        """
        answers = await self._of_others(settled=True)
        for _ in range(LOOKS):
            if all(answer == answers[0] for answer in answers):
                break
            answers = await self._of_others(settled=True)
        if not answers:
            return
        proposal = answers[0]
        if proposal.version is not None and proposal.version <= self._participant.version:
            proposal = replace(proposal, version=None, document=None)
        try:
            (await self._participant.prepare(proposal)).commit()
        except (ChangeRefused, ConfigurationError) as error:
            logger.error("this worker does not follow what the others have: %s", error)  # noqa: TRY400

    async def run(self) -> None:
        """Follow the store, until cancelled."""
        async for version in self._state.changes():
            if version == self._participant.version:
                continue
            try:
                await self._adopt(await self._state.load())
            except StorageUnavailable as error:
                logger.warning("a change of the operator's state is followed later: %s", error)

    async def _adopt(self, stored: StoredState) -> None:
        while stored.version != self._participant.version:
            try:
                await self._participant.adopt(stored)
            except Moved:  # another change was in force before this one's turn came
                stored = await self._state.load()
            else:
                logger.info("version %d of the operator's state is in force", stored.version)
                return

    async def _of_others(self, *, settled: bool) -> list[Proposal]:
        """Return what is in force in the other workers, by their numbers.

        Args:
            settled: Whether each waits with its answer until the change is over that it leads or follows.
        """
        seconds = SETTLED_WITHIN if settled else ANSWERED_WITHIN
        answers = await self._group.ask(IN_FORCE, {"settled": settled}, timeout=seconds)
        return [Proposal.from_json(answers[number]) for number in sorted(answers) if answers[number] is not None]

    async def _in_force(self, question: Mapping[str, bool]) -> object:
        if question["settled"]:
            await self._agreement.settled()
        return self._participant.in_force().to_json() if self._manager.running else None
