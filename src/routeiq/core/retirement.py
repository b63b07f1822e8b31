"""Plugins that take part no longer: each is shut down once the last request that uses it has ended."""

from __future__ import annotations

import asyncio
import logging
import weakref

from .activation import Activation
from .active import ActivePlugin
from .plans import Planner

logger = logging.getLogger(__name__)


class Retirement:
    """The plugins of one manager that are being retired."""

    def __init__(self, activation: Activation, planner: Planner) -> None:
        self._activation = activation
        self._planner = planner
        self._under_way: dict[str, asyncio.Task[None]] = {}

    def begin(self, plugin: ActivePlugin, seconds: float) -> asyncio.Task[None]:
        """Retire a plugin that the plans in force have no more; return the task that ends with its shutdown.

        Args:
            seconds: How long requests may keep it at most.
        """
        plugin.started = False
        drained = asyncio.Event()
        loop = asyncio.get_running_loop()
        held = self._planner.superseded()
        left = len(held)

        def let_go() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                drained.set()

        for plans in held:
            weakref.finalize(plans, loop.call_soon, let_go).atexit = False
        if not held:
            drained.set()
        del held
        task = loop.create_task(self._retire(plugin, drained, seconds), name=f"retire plugin {plugin.name}")
        self._under_way[plugin.name] = task
        task.add_done_callback(lambda done: self._forget(plugin.name, done))
        return task

    async def ended(self, plugin: str) -> None:
        """Wait until a plugin is shut down, if it is being retired."""
        task = self._under_way.get(plugin)
        if task is not None:
            await asyncio.shield(task)

    async def all_ended(self) -> None:
        """Shut down at once whatever is being retired: there are no requests any more."""
        for task in list(self._under_way.values()):
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def _retire(self, plugin: ActivePlugin, drained: asyncio.Event, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await drained.wait()
        except TimeoutError:
            logger.warning("plugin %s is shut down although requests still use it", plugin.name)
        except asyncio.CancelledError:
            await self._activation.stop(plugin)
            raise
        await self._activation.stop(plugin)

    def _forget(self, plugin: str, task: asyncio.Task[None]) -> None:
        if self._under_way.get(plugin) is task:
            del self._under_way[plugin]
