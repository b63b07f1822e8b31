"""The `response` phase at the end of a request: every plugin hears of it, also while the request is being cancelled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

from routeiq_plugin_sdk import ResponseMetadata

from routeiq.core.dispatch import AnyPlan, Plan

from .exchange import Exchange

GRACE: Final = 5.0  # seconds that the phase may keep a request that is being cancelled

logger = logging.getLogger(__name__)


async def observe(exchange: Exchange, outcome: ResponseMetadata, *, cancelled: bool = False) -> None:
    """Run the phase.

    Args:
        cancelled: Whether the request is being cancelled: its task can't be relied on then.
    """
    plan = exchange.plans.response
    if plan is None:
        return
    result = plan.call(exchange.request, outcome, exchange)
    if not plan.is_async:
        return
    if cancelled:
        await _to_its_end(result)
        return
    try:
        await result
    except asyncio.CancelledError:
        # It reached the hook that was waiting, as cancellation does. The others have not been called yet.
        rest = _after(plan, exchange.plugin)
        if rest is not None:
            await _to_its_end(rest.call(exchange.request, outcome, exchange))
        raise


def _after(plan: AnyPlan, plugin: str | None) -> AnyPlan | None:
    """Return a plan of those implementations that come after a plugin's; None if there are none."""
    steps = [step for step in plan.steps if not step.is_wrapper]
    names = [step.plugin for step in steps]
    rest = steps[names.index(plugin) + 1 :] if plugin in names else []
    return Plan(plan.phase, rest) if rest else None


async def _to_its_end(work: Coroutine[Any, Any, None] | None) -> None:
    """Run `work` in a task of its own and wait for it, also while this task is cancelled, for at most GRACE seconds."""
    if work is None:
        return
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + GRACE
    while not task.done() and loop.time() < deadline:
        try:
            # `wait` leaves the task alone when it is cancelled itself. The caller is about to raise CancelledError.
            await asyncio.wait((task,), timeout=deadline - loop.time())
        except asyncio.CancelledError:
            continue
    if task.done():
        task.result()
        return
    logger.error("hooks of `response` did not end within %g s of a cancelled request and were cancelled too", GRACE)
    task.cancel()
    await asyncio.wait((task,), timeout=1.0)
