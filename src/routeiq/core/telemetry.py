"""What tracers are told of requests, calls and hooks: the contract of whatever measures or traces them.

A host calls its manager's tracer (`Plans.tracer`), if there is one: for every request and every logical call it tells a
begin and exactly one end, whatever happens. What a tracer returns at a begin stands in `Activity.trace` from then on,
and where something stands there, plans tell it of each hook. Without a tracer none of this is called or allocated.

Times are those of `time.perf_counter_ns()`. Everything here is called on the request's path, in the loop or thread that
serves it: implementations must not block, and must not raise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from routeiq_plugin_sdk import EvaluationResult, Invocation, LLMResponse, ResponseMetadata

    from .calls import LogicalCall
    from .logging import Activity
    from .remote_calls import LogicalRemoteCall

Outcome = Literal["passed", "changed", "ended", "rejected", "failed", "cancelled", "audited"]
"""What a hook did: nothing; a change; an answer that ends the phase; a refusal (`Reject`); a failure, deadlines and
results of a wrong type included; it was cancelled with its request; or a decision that audit mode did not apply."""


class Trace(Protocol):
    """What is told of the hooks of one request, or of one call outside of any."""

    @property
    def exemplar(self) -> Mapping[str, str] | None:
        """The labels that lead from a figure to this trace (`trace_id`, `span_id`); None where it is not kept."""

    def hook(
        self,
        phase: str,
        plugin: str,
        began: int,
        ended: int,
        outcome: Outcome,
        detail: BaseException | str | None,
    ) -> None:
        """Take up one call of a hook, once it has ended. A wrapper is told twice: before and after what it wraps.

        Args:
            detail: What was raised, where something was; of an audited decision its words, which have no content.
        """

    def held(self, plugin: str, began: int, ended: int) -> None:
        """Take up how long a plugin's window kept a stream's first text back, its hooks not counted.

        Windows of several plugins fill side by side: their times overlap.
        """


class Tracer(Protocol):
    """Measures or traces all requests and calls of a manager: `manager.add_tracer(tracer)`.

    Each method is given what this tracer returned before (`trace`; None at first), and returns what stands for it from
    then on. None: hooks are not told, and run as fast as they can.
    """

    def request_began(self, exchange: Activity) -> Trace | None:
        """Take up a request or a WebSocket (`exchange.request.method` is `WEBSOCKET`); no hook has seen it yet."""

    def request_ended(
        self,
        trace: Trace | None,
        exchange: Activity,
        response: ResponseMetadata,
        error: BaseException | None,
        began: int,
    ) -> None:
        """Take up the end of a request; the `response` phase has run.

        Args:
            response: As that phase is told it: with status 500 if nothing was sent, `aborted` if it was cut off.
            error: What the application raised and the server will hear of, or the cancellation.
        """

    def call_began(self, trace: Trace | None, logical: LogicalCall) -> Trace | None:
        """Take up a logical LLM call; no hook has seen it yet, and nothing was sent.

        Headers for the upstream (`traceparent`) may be added to `logical.call.headers`. A tracer that wants to be told
        the answer sets `logical.observed`: else a stream that no plugin looks at is not put together. If its usage is
        enough, it sets `logical.metered`. With neither, an answer is not decoded, and usage not asked of the upstream.
        Outside a request `trace` is None.
        """

    def attempt_failed(self, trace: Trace | None, logical: LogicalCall, error: BaseException) -> None:
        """Take up that an attempt failed, before it is known what follows; no phase has heard of it yet.

        It is the one of number `logical.call.attempts` at `logical.deployment`, and began at `logical.attempt_began`.
        """

    def stream_began(self, trace: Trace | None, logical: LogicalCall) -> Trace | None:
        """Take up that the first text or tool call of a streamed answer has left, at `logical.first_piece`.

        A stream that ends without any has only its end told.
        """

    def call_ended(
        self, trace: Trace | None, logical: LogicalCall, response: LLMResponse | None, error: BaseException | None
    ) -> Trace | None:
        """Take up the end of a call; `llm_success` or `llm_failure` has run.

        Args:
            response: The whole answer, also of a stream; where nobody wanted that, a stream's usage and its price, with
                no text. None without an answer, or if nobody wanted either (`observed`, `metered`).
            error: What ended it without an answer, a `Reject` or a cancellation too; None if it was a success.
        """

    def remote_began(self, trace: Trace | None, remote: LogicalRemoteCall) -> Trace | None:
        """Take up a call of a tool or an agent; no hook has seen it yet, and nothing was sent.

        What the target is to be told of the trace goes into `remote.trace_context`. `trace` is its request's; what is
        returned is told of the call's hooks alone, since calls of one request may overlap.
        """

    def remote_ended(self, trace: Trace | None, remote: LogicalRemoteCall, error: BaseException | None) -> None:
        """Take up the end of such a call.

        Args:
            trace: What `remote_began` returned.
            error: What ended it without an answer, a `Reject` or a cancellation too; None if there was one.
        """

    def evaluated(
        self, trace: Trace | None, invocation: Invocation, result: EvaluationResult, began: int, ended: int
    ) -> None:
        """Take up what an evaluator says of a call: after the call's end, and outside of its request.

        Args:
            trace: That of the call, as it was before its end.
        """


def joined(tracers: Sequence[Tracer]) -> Tracer | None:
    """Return one tracer that stands for all of these; None without any."""
    if len(tracers) < 2:
        return tracers[0] if tracers else None
    return _Tracers(tuple(tracers))


class _Traces:
    """What several tracers returned, each at its own place."""

    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[Trace | None]) -> None:
        self.parts = parts

    @property
    def exemplar(self) -> Mapping[str, str] | None:
        found = [part.exemplar for part in self.parts if part is not None]
        return next((exemplar for exemplar in found if exemplar is not None), None)

    def hook(
        self, phase: str, plugin: str, began: int, ended: int, outcome: Outcome, detail: BaseException | str | None
    ) -> None:
        for part in self.parts:
            if part is not None:
                part.hook(phase, plugin, began, ended, outcome, detail)

    def held(self, plugin: str, began: int, ended: int) -> None:
        for part in self.parts:
            if part is not None:
                part.held(plugin, began, ended)


class _Tracers:
    """Several tracers as one. Each is given what it returned itself."""

    def __init__(self, tracers: tuple[Tracer, ...]) -> None:
        self._tracers = tracers
        self._nothing = (None,) * len(tracers)

    def request_began(self, exchange: Activity) -> Trace | None:
        return _together([tracer.request_began(exchange) for tracer in self._tracers])

    def request_ended(
        self,
        trace: Trace | None,
        exchange: Activity,
        response: ResponseMetadata,
        error: BaseException | None,
        began: int,
    ) -> None:
        for tracer, part in zip(self._tracers, self._parts(trace), strict=True):
            tracer.request_ended(part, exchange, response, error, began)

    def call_began(self, trace: Trace | None, logical: LogicalCall) -> Trace | None:
        parts = zip(self._tracers, self._parts(trace), strict=True)
        return _together([tracer.call_began(part, logical) for tracer, part in parts])

    def attempt_failed(self, trace: Trace | None, logical: LogicalCall, error: BaseException) -> None:
        for tracer, part in zip(self._tracers, self._parts(trace), strict=True):
            tracer.attempt_failed(part, logical, error)

    def stream_began(self, trace: Trace | None, logical: LogicalCall) -> Trace | None:
        parts = zip(self._tracers, self._parts(trace), strict=True)
        return _together([tracer.stream_began(part, logical) for tracer, part in parts])

    def call_ended(
        self, trace: Trace | None, logical: LogicalCall, response: LLMResponse | None, error: BaseException | None
    ) -> Trace | None:
        parts = zip(self._tracers, self._parts(trace), strict=True)
        return _together([tracer.call_ended(part, logical, response, error) for tracer, part in parts])

    def remote_began(self, trace: Trace | None, remote: LogicalRemoteCall) -> Trace | None:
        parts = zip(self._tracers, self._parts(trace), strict=True)
        return _together([tracer.remote_began(part, remote) for tracer, part in parts])

    def remote_ended(self, trace: Trace | None, remote: LogicalRemoteCall, error: BaseException | None) -> None:
        for tracer, part in zip(self._tracers, self._parts(trace), strict=True):
            tracer.remote_ended(part, remote, error)

    def evaluated(
        self, trace: Trace | None, invocation: Invocation, result: EvaluationResult, began: int, ended: int
    ) -> None:
        for tracer, part in zip(self._tracers, self._parts(trace), strict=True):
            tracer.evaluated(part, invocation, result, began, ended)

    def _parts(self, trace: Trace | None) -> Sequence[Trace | None]:
        return trace.parts if isinstance(trace, _Traces) else self._nothing


def _together(parts: Sequence[Trace | None]) -> Trace | None:
    return _Traces(parts) if any(part is not None for part in parts) else None
