"""All figures of one manager in one process, and whatever else its host wants told beside them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from routeiq.core.manager import PluginManager

from .evaluations import evaluation_families
from .events import event_families
from .families import Family
from .hooks import HookCounts
from .plugins import plugin_families
from .recorder import KnownModel, Recorder
from .registries import families_of, process_registry
from .snapshots import Snapshot

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

Source = Callable[[], Iterable[Family]]


class Figures:
    """Counts what a manager does from now on: one for each manager, made before its start."""

    def __init__(self, manager: PluginManager, known: KnownModel | None = None) -> None:
        """Begin to count.

        Args:
            known: Returns what a model counts as, None for one that does not exist, which counts as `other`; without
                it, the names that come first are told apart, up to a limit.
        """
        self._manager = manager
        self._hooks = HookCounts(manager)
        self._recorder = Recorder(known)
        self._process: CollectorRegistry | None = None
        self._sources: list[Source] = [
            self._hooks.families,
            self._recorder.families,
            lambda: plugin_families(manager),
            lambda: event_families(manager),
            lambda: evaluation_families(manager),
            lambda: families_of(manager.metrics_registry),
            self._of_process,
        ]
        manager.add_tracer(self._recorder)

    def add(self, source: Source) -> None:
        """Have the families that a source returns told as well; it makes them anew at each scrape."""
        self._sources.append(source)

    def snapshot(self) -> Snapshot:
        """Return what was counted until now; it stays as it is."""
        families: dict[str, Family] = {}
        for source in self._sources:
            for family in source():
                families.setdefault(family.name, family)  # a plugin cannot speak in our name
        return Snapshot(families, self._hooks.last_errors())

    async def taken(self) -> Snapshot:
        """Return the snapshot of this one process, for `MetricsApp`."""
        await self.prepare()
        return self.snapshot()

    async def prepare(self) -> None:
        """Load prometheus_client, before the first snapshot: a start need not wait for it, nor do requests."""
        if self._process is None:
            self._process = await asyncio.to_thread(process_registry)

    def _of_process(self) -> Iterable[Family]:
        if self._process is None:
            self._process = process_registry()
        return families_of(self._process)
