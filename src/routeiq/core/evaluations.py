"""Evaluators at work: calls that are over wait for them in bounded queues, and whatever they do touches no answer.

Each evaluator has a lane of its own: so many calls at once, so many that wait, the rest dropped and counted. One that
hangs or is slow costs its own results alone.
"""

from __future__ import annotations

import asyncio
import contextvars
import dataclasses
import logging
import threading
import time
from collections import Counter, deque
from time import perf_counter_ns
from typing import Final

from routeiq_plugin_sdk import EvaluationResult, Invocation

from .dispatch import fire
from .errors import RouteIQError
from .evaluation import Call, Evaluator
from .event_names import EVALUATION_COMPLETED
from .events import EventBus
from .lifetime import GRACE, STUBBORN
from .logging import Activity, current_activity
from .weights import weight_of

logger = logging.getLogger(__name__)

LONGEST_FEEDBACK: Final = 2000
"""Characters of an evaluator's feedback that are published."""
_TELLING: Final = 60.0  # seconds between two words about calls of one evaluator that were dropped


class EvaluationFigures:
    """What one evaluator came to.

    Attributes:
        results: How many, by their status.
        silent: Calls of which it said nothing, or in which it failed: a plugin's failures are counted with its hooks.
        dropped: Calls that it never saw, since enough waited already, or the host stopped.
        waiting: Calls that wait now.
        running: Calls that it judges now.
    """

    __slots__ = ("dropped", "results", "running", "silent", "waiting")

    def __init__(self) -> None:
        self.results: Counter[str] = Counter()
        self.silent = self.dropped = self.waiting = self.running = 0


class _Lane:
    """The calls of one evaluator, from a start of the host to its stop.

    Attributes:
        figures: What it came to; they outlive the lane.
        queue: The calls that wait, and what each weighs.
        running: Calls that are being judged, or are about to be.
    """

    __slots__ = ("_silent_until", "_untold", "_weight", "closed", "figures", "name", "queue", "running")

    def __init__(self, name: str, figures: EvaluationFigures) -> None:
        self.name = name
        self.figures = figures
        self.queue: deque[tuple[Call, Evaluator, int]] = deque()
        self.running = 0
        self._weight = 0  # of what waits, in bytes
        self.closed = False
        self._untold = 0
        self._silent_until = 0.0

    def admit(self, call: Call, evaluator: Evaluator) -> tuple[Call, Evaluator] | None:
        """Take up a call; return what a further worker is to begin with, which then counts as running.

        That is the call that waits longest, where the limit has been raised meanwhile.
        """
        if self.running >= call.policy.concurrency:
            self._wait(call, evaluator)
            return None
        self.running += 1
        self.figures.running = self.running
        if not self.queue:
            return call, evaluator
        first = self._first()
        self._wait(call, evaluator)
        return first

    def take(self) -> tuple[Call, Evaluator] | None:
        """Return the call that waits longest; None if none does, or more are being judged than may by now."""
        if not self.queue or self.running > self.queue[0][0].policy.concurrency:
            return None
        return self._first()

    def _wait(self, call: Call, evaluator: Evaluator) -> None:
        """Have a call wait, or drop it."""
        policy = call.policy
        if len(self.queue) < policy.queue:
            weight = weight_of(call.invocation)
            if self._weight + weight <= policy.queue_bytes:
                self._weight += weight
                self.queue.append((call, evaluator, weight))
                self.figures.waiting = len(self.queue)
                return
        self.drop(1)

    def _first(self) -> tuple[Call, Evaluator]:
        call, evaluator, weight = self.queue.popleft()
        self._weight -= weight
        self.figures.waiting = len(self.queue)
        return call, evaluator

    def ended(self) -> None:
        """Count one less that is being judged."""
        self.running -= 1
        if not self.closed:
            self.figures.running = self.running

    def close(self) -> None:
        """Drop what waits. What is being judged is not counted any more: it is about to be given up."""
        self.closed = True
        self.figures.dropped += len(self.queue)
        self.queue.clear()
        self.figures.waiting = self.figures.running = 0

    def drop(self, count: int) -> None:
        """Count calls that nobody judges, and say so once in a while."""
        self.figures.dropped += count
        self._untold += count
        now = time.monotonic()
        if now >= self._silent_until:
            self._silent_until = now + _TELLING
            logger.warning(
                "evaluator %s is too slow: %d calls were not evaluated (lower the sample rate, or raise the limits, of"
                " the plugin `evaluator`)",
                self.name,
                self._untold,
            )
            self._untold = 0


class Evaluations:
    """The evaluations of one manager, in the loop that started it.

    Attributes:
        figures: What each evaluator came to, by its plugin's name.
    """

    def __init__(self) -> None:
        self.figures: dict[str, EvaluationFigures] = {}
        self._events: EventBus | None = None
        self._lanes: dict[str, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0

    def open(self, events: EventBus) -> None:
        """Take calls from now on, in the loop that runs now."""
        self._events = events
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()

    async def close(self, grace: float = GRACE) -> None:
        """Take no more calls: those that are being judged have so many seconds to end, those that wait are dropped."""
        self._loop = None
        for lane in self._lanes.values():
            lane.close()
        self._lanes.clear()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=grace)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=STUBBORN)

    @property
    def busy(self) -> bool:
        """Whether a call is being judged."""
        return bool(self._tasks)

    def add(self, call: Call, evaluators: tuple[Evaluator, ...]) -> None:
        """Have a call judged by each of these; from any thread."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        if threading.get_ident() == self._thread:
            self._add(call, evaluators)
            return
        try:
            loop.call_soon_threadsafe(self._add, call, evaluators)
        except RuntimeError:  # it has been closed meanwhile
            return

    async def judge(self, call: Call, evaluators: tuple[Evaluator, ...]) -> list[EvaluationResult]:
        """Have a call judged now, by all of these side by side, and return what they say, in their order."""
        results = await asyncio.gather(*[self._judged(call, evaluator) for evaluator in evaluators])
        return [result for result in results if result is not None]

    def _add(self, call: Call, evaluators: tuple[Evaluator, ...]) -> None:
        if self._loop is None:
            return
        for evaluator in evaluators:
            name = evaluator.name
            if not evaluator.plan.steps:  # the plugin is in quarantine by now
                continue
            lane = self._lanes.get(name)
            if lane is None:
                lane = self._lanes[name] = _Lane(name, self._figures_of(name))
            begin = lane.admit(call, evaluator)
            if begin is not None:
                work = self._work(lane, *begin)
                # A context of its own keeps it out of the request in which it begins.
                task = self._loop.create_task(work, name=f"evaluate {name}", context=contextvars.Context())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def _figures_of(self, name: str) -> EvaluationFigures:
        return self.figures.setdefault(name, EvaluationFigures())

    async def _work(self, lane: _Lane, call: Call, evaluator: Evaluator) -> None:
        """Judge a call, and then those that wait."""
        taken: tuple[Call, Evaluator] | None = (call, evaluator)
        del call  # it holds its plans
        try:
            while taken is not None:
                await self._judged(*taken)
                taken = None
                await asyncio.sleep(0)  # evaluators that never wait must not keep the loop to themselves
                taken = lane.take()
        finally:
            lane.ended()

    async def _judged(self, call: Call, evaluator: Evaluator) -> EvaluationResult | None:
        """Have one evaluator judge a call; publish and return what it says."""
        name, invocation = evaluator.name, call.invocation
        activity = Activity(invocation.request_id or invocation.id)
        activity.request, activity.plans = call.request, call.plans
        token = current_activity.set(activity)
        began = perf_counter_ns()
        try:
            found = await fire(evaluator.plan, invocation, activity)
        except RouteIQError as error:  # of a phase that ran inside the evaluator, and was told there
            logger.debug("evaluator %s ended with %s", name, error)
            found = None
        finally:
            current_activity.reset(token)
        ended = perf_counter_ns()
        figures = self._figures_of(name)
        if not found:
            figures.silent += 1
            return None
        result: EvaluationResult = dataclasses.replace(
            found[0], evaluator=name, duration_ms=(ended - began) / 1e6, feedback=found[0].feedback[:LONGEST_FEEDBACK]
        )
        figures.results[result.status] += 1
        self._publish(call, result, began, ended)
        return result

    def _publish(self, call: Call, result: EvaluationResult, began: int, ended: int) -> None:
        invocation, tracer = call.invocation, call.plans.tracer
        if tracer is not None:
            tracer.evaluated(call.trace, invocation, result, began, ended)
        if self._events is not None and self._events.wanted(EVALUATION_COMPLETED):
            self._events.emit(EVALUATION_COMPLETED, _told(invocation, result), request_id=invocation.request_id)


def _told(invocation: Invocation, result: EvaluationResult) -> dict[str, object]:
    """Return the data of the event: never what was asked or answered."""
    return {
        "evaluator": result.evaluator,
        "kind": invocation.kind,
        "call_id": invocation.id,
        "target": invocation.target,
        "name": invocation.name,
        "error": invocation.error is not None,
        "call_duration": invocation.duration_ms / 1e3,
        "score": float(result.score),
        "status": result.status,
        "feedback": result.feedback,
        "duration": (result.duration_ms or 0.0) / 1e3,
        "metadata": dict(result.metadata),
    }
