"""Follows the operator's state: from the start on, and whenever another process changes it."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

from routeiq.core.errors import ChangeRefused, ConfigurationError, StorageUnavailable
from routeiq.core.manager import PluginManager
from routeiq.core.state import StateStore, StoredState

from ..group import Group
from .participant import Moved, Participant
from .proposal import Proposal

IN_FORCE: Final = "in force"
ANSWERED_WITHIN: Final = 2.0

logger = logging.getLogger(__name__)


class Following:
    """Brings one process to where the other workers, or the store, are."""

    def __init__(self, manager: PluginManager, participant: Participant, state: StateStore, group: Group) -> None:
        """Make it, and tell other workers that begin what is in force here."""
        self._manager = manager
        self._participant = participant
        self._state = state
        self._group = group
        group.answer(IN_FORCE, self._in_force)

    async def begin(self) -> None:
        """Take up what is in force before the plugins start.

        A worker that takes another one's place begins with what the others have: a file may say by now what they
        refused. What a plugin cannot start with shows at its start, as always.
        """
        proposal = await self._of_others()
        if proposal is None:
            try:
                stored = await self._state.load()
            except StorageUnavailable as error:
                logger.error("starting without the operator's state: %s", error)  # noqa: TRY400
                return
            proposal = Proposal(stored.version, stored.document)
        self._participant.begin_with(proposal)

    async def catch_up(self) -> None:
        """Take up what the other workers have put in force while this one started."""
        proposal = await self._of_others()
        if proposal is None:
            return
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

    async def _of_others(self) -> Proposal | None:
        """Return what is in force in the worker with the lowest number, or None if there is no other."""
        answers = await self._group.ask(IN_FORCE, timeout=ANSWERED_WITHIN)
        found = [answers[number] for number in sorted(answers) if answers[number] is not None]
        return Proposal.from_json(found[0]) if found else None

    async def _in_force(self, _: object) -> object:
        return self._participant.in_force().to_json() if self._manager.running else None
