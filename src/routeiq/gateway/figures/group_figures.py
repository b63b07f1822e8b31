"""Figures summed over the workers of a gateway, for whichever of them is asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any, Final

from routeiq.adapters.prometheus import Family, Figures, Snapshot, listing, merged
from routeiq.core.manager import PluginManager

from ..group import Group
from .ledger import Ledger

logger = logging.getLogger(__name__)

TOPIC: Final = "figures"
PATIENCE: Final = 2.0
"""Seconds that a worker has to bring its file up to date; then what it last told counts."""


class GroupFigures:
    """The figures of one gateway; each of its workers has one of these."""

    def __init__(self, manager: PluginManager, group: Group, known: Callable[[str], str | None] | None = None) -> None:
        """Begin to count.

        Args:
            known: Returns what a model counts as; see `Figures`.
        """
        self._manager = manager
        self._group = group
        self._own = Figures(manager, known)
        self._own.add(lambda: [_workers()])
        directory = group.directory
        self._ledger = None if directory is None else Ledger(directory / "figures")
        group.answer(TOPIC, self._write)

    def add(self, source: Callable[[], Iterable[Family]]) -> None:
        """Have the families that a source returns told as well; it makes them anew each time."""
        self._own.add(source)

    async def taken(self) -> Snapshot:
        """Return what all workers have counted, those that have ended too.

        Raises:
            OSError: if what others told cannot be read. Figures of this worker alone would look like a restart.
        """
        await self._own.prepare()
        own, ledger = self._own.snapshot(), self._ledger
        if ledger is None:
            return own
        try:
            ledger.write(own)
        except OSError as error:
            logger.warning("figures cannot be kept, and will fall if this worker dies: %s", error)
        answers = await self._group.ask(TOPIC, timeout=PATIENCE)
        for failure in answers.failures:
            logger.warning("worker %d %s: its figures are those that it told before", failure.number, failure.text)
        if self._group.lead:
            await asyncio.to_thread(ledger.fold)
        told = await asyncio.to_thread(ledger.read)
        alive = {*answers.values(), *answers.retiring} & told.keys()
        living = [own, *(told[name] for name in alive)]
        return merged(living, [one for name, one in told.items() if name not in alive and name != ledger.name])

    async def hooks(self) -> list[dict[str, Any]]:
        """Return `manager.hooks()` with calls, errors and latencies of all workers, for `GET /admin/hooks`."""
        return listing(self._manager.hooks(), await self.taken())

    async def _write(self, payload: Any) -> str:
        """Bring this worker's file up to date for another one, and return its name."""
        assert self._ledger is not None, "a worker that is asked is one of several"
        await self._own.prepare()
        self._ledger.write(self._own.snapshot())
        return self._ledger.name


def _workers() -> Family:
    family = Family("routeiq_workers", "gauge", "Processes that serve, those that finish their last requests too.")
    family.series[()] = 1
    return family
