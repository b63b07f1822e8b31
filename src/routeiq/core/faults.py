"""What a failure of a plugin means: failure modes, the circuit breaker behind `quarantine`, and audit mode.

A failure is an exception, a deadline that passed, or a result of a wrong type. `Reject` is none: it is a decision.
"""

from __future__ import annotations

import asyncio
import copy
import enum
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from routeiq_plugin_sdk import FailureMode, Reject

from .deadline import DeadlineExceeded
from .errors import AuthenticationFailed, HookTimeout, PluginAborted, PluginCancelled
from .lifetime import Tell
from .statistics import PhaseStatistics
from .steps import Phase

logger = logging.getLogger(__name__)


class CircuitState(enum.Enum):
    """Of a plugin: in all plans, out of them, or on trial with one call."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(slots=True, eq=False)
class Circuit:
    """Takes a plugin out after so many consecutive failures of one of its hooks.

    Attributes:
        threshold: Consecutive failures that open it.
        on_open: Called with the reason when it opens.
        on_close: Called when the trial call succeeded.
        streaks: For each phase the cell of consecutive failures; plans clear it at a success.
    """

    threshold: int
    on_open: Callable[[str], None]
    on_close: Callable[[], None]
    state: CircuitState = CircuitState.CLOSED
    streaks: dict[str, list[int]] = field(default_factory=dict)
    _trial_taken: bool = False

    def streak(self, phase: str) -> list[int]:
        """Return the cell that counts the phase's consecutive failures."""
        return self.streaks.setdefault(phase, [0])

    def failed(self, phase: str, error: str) -> None:
        """Count a failure, and open the circuit if it was one too many, or the trial."""
        if self.state is CircuitState.OPEN:
            return
        cell = self.streak(phase)
        cell[0] += 1
        if self.state is CircuitState.HALF_OPEN:
            self._open(f"its trial call of {phase} failed: {error}")
        elif cell[0] >= self.threshold:
            self._open(f"{cell[0]} consecutive failures of {phase}; the last one: {error}")

    def begin_trial(self) -> None:
        """Let one call through."""
        self.state = CircuitState.HALF_OPEN
        self._trial_taken = False

    def on_trial(self, function: Callable[..., Any], is_async: bool) -> Callable[..., Any]:
        """Return `function` behind the gate: the first call decides, others meanwhile count as None.

        What the call raises is for the fault handler, which reports it here.
        """
        if is_async:

            async def trial_async(*arguments: Any) -> Any:
                if not self._admit():
                    return None
                try:
                    result = await function(*arguments)
                except Reject:
                    self._passed()
                    raise
                except BaseException:
                    self._trial_taken = False
                    raise
                self._passed()
                return result

            return trial_async

        def trial(*arguments: Any) -> Any:
            if not self._admit():
                return None
            try:
                result = function(*arguments)
            except Reject:
                self._passed()
                raise
            self._passed()
            return result

        return trial

    def _admit(self) -> bool:
        if self.state is CircuitState.CLOSED:
            return True
        if self.state is CircuitState.OPEN or self._trial_taken:
            return False
        self._trial_taken = True
        return True

    def reset(self) -> None:
        """Close it, and forget what has failed so far."""
        self.state = CircuitState.CLOSED
        for cell in self.streaks.values():
            cell[0] = 0

    def _passed(self) -> None:
        if self.state is CircuitState.HALF_OPEN:
            self.reset()
            self.on_close()

    def _open(self, reason: str) -> None:
        self.state = CircuitState.OPEN
        self.on_open(reason)


@dataclass(slots=True, eq=False)
class FaultHandler:
    """Decides what a failure of one plugin in one phase does to the request: a plan calls it from its except clause.

    Attributes:
        circuit: The plugin's breaker where its mode is `quarantine`, else None.
        audited: Whether the plugin is in audit mode: then nothing of it can touch a request.
        tell: Told of each failure.
    """

    plugin: str
    phase: Phase
    mode: FailureMode
    statistics: PhaseStatistics
    circuit: Circuit | None = None
    audited: bool = False
    tell: Tell | None = None

    def __call__(self, exception: BaseException) -> None:
        """Return to treat the failure as None, or raise what ends the phase.

        Raises:
            Reject: the plugin's decision, where the phase allows one.
            PluginAborted: in mode `abort`.
            AuthenticationFailed: in a phase that fails closed.
            CancelledError: if it is the request's; the plugin's own looks just like it.
        """
        if isinstance(exception, asyncio.CancelledError):
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise exception
            exception = PluginCancelled(f"{self.phase.name}() let a cancellation of its own escape")
        if isinstance(exception, Reject) and self.phase.may_reject:
            exception.plugin = self.plugin
            raise exception
        if isinstance(exception, PluginAborted | AuthenticationFailed):
            raise exception  # of a phase that ran inside this hook: logged and counted there
        exception = self._count(exception)
        if self.circuit is not None:
            self.circuit.failed(self.phase.name, self.statistics.last_error or "")
        if self.audited:
            return
        if self.phase.fails_closed:
            raise AuthenticationFailed(self.plugin) from exception
        if self.mode is FailureMode.ABORT and not self.phase.contained:
            status_code = 504 if isinstance(exception, HookTimeout) else 500
            raise PluginAborted(self.plugin, self.phase.name, status_code) from exception

    def _count(self, exception: BaseException) -> BaseException:
        if isinstance(exception, DeadlineExceeded):
            exception = HookTimeout(self.plugin, self.phase.name, exception.seconds)
            self.statistics.timeouts += 1
        elif isinstance(exception, Reject):
            exception = RuntimeError(
                f"Reject raised in {self.phase.name}, where nothing is left to refuse: {exception}"
            )
        self.statistics.errors += 1
        self.statistics.last_error = f"{type(exception).__name__}: {exception}"
        logger.error(
            "plugin %s failed in %s (failure mode %s): %s",
            self.plugin,
            self.phase.name,
            self.mode.value,
            self.statistics.last_error,
            exc_info=exception,
        )
        if self.tell is not None:
            self.tell(self.plugin, self.phase.name, exception)
        return exception


def audited(
    function: Callable[..., Any], is_async: bool, phase: Phase, plugin: str, statistics: PhaseStatistics
) -> Callable[..., Any]:
    """Return `function` so that it runs on copies, and what it decides or changes is recorded and not applied.

    It returns None, or in words what was decided: for whoever traces the call.
    """

    def record(decision: Any) -> str | None:
        if decision is None or (phase.kind == "observe" and not isinstance(decision, Reject)):
            return None
        described = _describe(decision)
        statistics.audited += 1
        logger.info("plugin %s in audit mode would have changed %s: %s", plugin, phase.name, described)
        return described

    if is_async:

        async def audit_async(*arguments: Any) -> str | None:
            try:
                return record(await function(*map(_copy, arguments)))
            except Reject as reject:
                return record(reject)

        return audit_async

    def audit(*arguments: Any) -> str | None:
        try:
            return record(function(*map(_copy, arguments)))
        except Reject as reject:
            return record(reject)

    return audit


def _copy(argument: Any) -> Any:
    return copy.deepcopy(argument) if isinstance(argument, dict | list) else argument


def _describe(decision: Any) -> str:
    """Say what was decided, never what is in it: bodies and messages are the client's."""
    if isinstance(decision, Reject):
        return f"refuse with {decision.status_code} ({decision.code})"
    if isinstance(decision, dict):
        return f"override {', '.join(sorted(map(str, decision)))}"
    status = getattr(decision, "status_code", None)
    return f"return {type(decision).__name__}" + (f" {status}" if status is not None else "")
