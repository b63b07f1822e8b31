"""One call of a server's tool or of an agent, from its begin to its one end: what tracers are told of it.

Adapters run the phases (`tool_pre_call` ...) by `phase`, which keeps each call's trace apart from its request's: the
calls of a batch are under way at the same time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter_ns
from typing import Any, Literal

from routeiq_plugin_sdk import Reject, RemoteCall

from .errors import PluginAborted, RouteIQError
from .evaluation import Evaluation
from .invocations import remote_invocation
from .logging import Activity
from .plans import Plans
from .telemetry import Trace

Outcome = Literal["success", "tool_error", "rejected", "cancelled", "failed"]


class RemoteError(RouteIQError):
    """A server or an agent was not reached, did not answer, or answered with an error of its protocol.

    Attributes:
        code: For programs: `upstream_unreachable`, `upstream_timeout` ..., or the protocol's own code.
        message: For the client: nothing about the inside.
        status_code: Of the HTTP response that tells of it.
    """

    def __init__(self, code: str, message: str, status_code: int = 502) -> None:
        super().__init__(message)
        self.code, self.message, self.status_code = code, message, status_code


class LogicalRemoteCall:
    """A call that passes through the host.

    Attributes:
        name: The tool; of an agent the method.
        input: What is sent, as plugins leave it: the arguments of the tool, or the message to the agent.
        output: What was answered, as plugins leave it; None before, and where there was nothing.
        is_error: Whether the answer is the tool's own error (MCP's `isError`).
        began: When it began, `sent`, when the target was asked, and `answered`, when its answer was there; by
            `time.perf_counter_ns()`, 0 before.
        attributes: What else the protocol knows of it, for tracers: `protocol_version`, `session_id`, `request_id`.
        trace_context: W3C's `traceparent` and `tracestate` for the target; tracers fill it in at the begin.
    """

    def __init__(self, plans: Plans, activity: Activity, call: RemoteCall, name: str, input: Mapping[str, Any]) -> None:
        self.plans = plans
        self.activity = activity
        self.call = call
        self.name = name
        self.input: Mapping[str, Any] = input
        self.output: Mapping[str, Any] | None = None
        self.is_error = False
        self.began = self.sent = self.answered = 0
        self.attributes: Mapping[str, str] = {}
        self.trace_context: Mapping[str, str] = {}
        self._evaluation: Evaluation | None = None
        self._trace: Trace | None = None
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether its end was told."""
        return self._ended

    @property
    def seconds(self) -> float:
        """How long it has taken until now."""
        return (perf_counter_ns() - self.began) / 1e9

    def begin(self, *, evaluated: bool = True) -> None:
        """Tell that it begins; no hook has seen it yet.

        Args:
            evaluated: Whether there is something to evaluate: a call that only looks after another one has no input.
        """
        self.began = perf_counter_ns()
        evaluation = self.plans.evaluation if evaluated else None
        if evaluation is not None and evaluation.samples(self.call.kind):
            self._evaluation = evaluation
        if self.plans.tracer is not None:
            self._trace = self.plans.tracer.remote_began(self.activity.trace, self)

    @contextmanager
    def phase(self) -> Iterator[None]:
        """Have the hooks that run inside told to this call's trace."""
        above, self.activity.trace = self.activity.trace, self._trace
        try:
            yield
        finally:
            self.activity.trace = above

    def succeed(self) -> None:
        """End it with its answer. The first end counts."""
        self._end(None)

    def fail(self, exception: BaseException) -> None:
        """End it without an answer. The first end counts; what never began has none."""
        self._end(exception)

    def _end(self, error: BaseException | None) -> None:
        if self._ended or not self.began:
            return
        self._ended = True
        if isinstance(error, Reject):
            self.call.answered_by = error.plugin
        if self._evaluation is not None:
            failure = None if error is None else str(failure_of(error)["error"])
            invocation = remote_invocation(self, error, failure)
            self._evaluation.submit(invocation, self.activity, self.plans, self._trace)
        if self.plans.tracer is not None:
            self.plans.tracer.remote_ended(self._trace, self, error)


def outcome_of(logical: LogicalRemoteCall, error: BaseException | None) -> Outcome:
    """Return how a call ended, in one word of few."""
    if error is None:
        return "tool_error" if logical.is_error else "success"
    if isinstance(error, Reject):
        return "rejected"
    return "cancelled" if isinstance(error, asyncio.CancelledError | GeneratorExit) else "failed"


def failure_of(error: BaseException) -> dict[str, Any]:
    """Return what may be told of an error: its kind, status, code and plugin, never its words."""
    kinds: tuple[tuple[type[BaseException], str], ...] = (
        (Reject, "rejected"),
        (PluginAborted, "plugin"),
        (RemoteError, "upstream"),
        (asyncio.CancelledError, "cancelled"),
    )
    return {
        "error": next((word for kind, word in kinds if isinstance(error, kind)), "internal"),
        "status_code": getattr(error, "status_code", None),
        "code": getattr(error, "code", None),
        "plugin": getattr(error, "plugin", None),
    }
