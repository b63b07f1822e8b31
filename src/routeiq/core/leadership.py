"""Which process does what one shall do for all that share a store of the operator's state.

A process that wants to lead in something holds a lease on it, and prolongs it as long as it wants; when it is gone the
lease runs out, and another one takes it. A store that cannot be reached makes no leader: then nobody leads for a while,
which is the better mistake.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from .errors import StorageUnavailable
from .lifetime import Lifetime, Work
from .state import StateStore

TERM: Final = 15.0  # seconds for which a lease is taken
_ASKED: Final = 3  # times in a term that it is asked for, so that one lost answer does not end it

logger = logging.getLogger(__name__)


class Leadership:
    """What this process leads in.

    Attributes:
        store: Where leases are kept; None: this process shares nothing, and leads in everything.
        term: For how many seconds a lease is taken.
    """

    def __init__(self, holder: str, term: float = TERM) -> None:
        """Make one.

        Args:
            holder: This process: unique among all that share the store.
        """
        self.holder = holder
        self.store: StateStore | None = None
        self.term = term
        self._candidacies: dict[Lifetime, Candidacy] = {}

    def candidacy(self, lifetime: Lifetime) -> Candidacy:
        """Return the one of a plugin's run, which begins with the first time that it is asked for.

        Raises:
            NotRunningError: if the plugin is stopped.
        """
        found = self._candidacies.get(lifetime)
        if found is None:
            found = Candidacy(self, lifetime)
            lifetime.take(found)
            self._candidacies[lifetime] = found
        return found

    def withdraw(self, lifetime: Lifetime) -> None:
        """Let go of a run that has ended."""
        self._candidacies.pop(lifetime, None)


class Candidacy(Work):
    """One plugin of this process, which wants to lead the same plugin of all others."""

    where = "every"

    def __init__(self, leadership: Leadership, lifetime: Lifetime) -> None:
        super().__init__(lifetime, self._ask, f"the lease of plugin {lifetime.plugin}")
        self._leadership = leadership
        self._until = 0.0
        self._store_is_away = False

    @property
    def leads(self) -> bool:
        """Whether this process leads now."""
        return self._leadership.store is None or asyncio.get_running_loop().time() < self._until

    def wind_up(self) -> None:
        """Ask no more."""
        self._leadership.withdraw(self.lifetime)
        super().wind_up()

    async def run(self) -> None:
        """Ask for the lease again and again. It is not given back: what it was held for may still be under way."""
        while not self.over:
            await self._ask()
            await self.pause(self._leadership.term / _ASKED)

    async def _ask(self) -> None:
        leadership = self._leadership
        if leadership.store is None:
            return
        asked = asyncio.get_running_loop().time()
        try:
            has_it = await leadership.store.lease(f"plugin {self.lifetime.plugin}", leadership.holder, leadership.term)
        except StorageUnavailable as error:
            if not self._store_is_away:
                words = "plugin %s: its timers with leader=True pause in this process, since no lease can be had: %s"
                logger.warning(words, self.lifetime.plugin, error)
            self._store_is_away = True
            return
        self._store_is_away = False
        if has_it:
            self._until = asked + leadership.term
