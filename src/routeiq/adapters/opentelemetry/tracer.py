"""Requests and calls told to OpenTelemetry: a server span for each request, a client span for each logical call.

By its API alone: who exports what, and which requests are sampled, is the providers' business. What is not sampled
costs a span that records nothing, and no hook is told.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from contextvars import Token
from time import perf_counter_ns
from typing import Concatenate, Final, ParamSpec, TypeVar

from opentelemetry import context as contexts
from opentelemetry.context import Context
from opentelemetry.metrics import MeterProvider, get_meter
from opentelemetry.trace import Span, SpanKind, TracerProvider, get_current_span, get_tracer, set_span_in_context
from routeiq_plugin_sdk import EvaluationResult, Headers, Invocation, LLMResponse, ResponseMetadata

from routeiq.core.calls import LogicalCall
from routeiq.core.logging import Activity
from routeiq.core.phases import load_phases
from routeiq.core.remote_calls import LogicalRemoteCall
from routeiq.core.telemetry import Trace
from routeiq.core.version import host_version

from . import calls, names, remote, requests
from .complaints import Complaints
from .evaluations import write_evaluation
from .instruments import Instruments, Statistics, observe_hooks
from .options import Options
from .remote import propagated
from .spans import SpanTrace

P = ParamSpec("P")
R = TypeVar("R")
logger = logging.getLogger(__name__)

_TRACE_HEADERS: Final = (b"traceparent", b"tracestate")


class _Serving:
    """A request that is being served, sampled or not.

    Attributes:
        trace: Its span, if that records.
        token: Gives back the context that was current before it.
        call: The attributes of its latest call's metrics; None before there was one.
        first_piece: When the first piece of that call's stream left, or 0.
    """

    __slots__ = ("call", "exchange", "first_piece", "token", "trace")

    def __init__(self, exchange: Activity) -> None:
        self.exchange = exchange
        self.trace: SpanTrace | None = None
        self.token: Token[Context] | None = None
        self.call: names.Attributes | None = None
        self.first_piece = 0


def _within(span: Span, parent: Context) -> Context:
    """Return a context with a span as the current one; where nobody makes spans, with the client's."""
    return set_span_in_context(span, parent) if span.get_span_context().is_valid else parent


def _tell_upstream(logical: LogicalCall, context: Context) -> None:
    """Add W3C's headers of the current span to a call's: by hand, since the API's propagator takes twice the time.

    Baggage is between our clients and us.
    """
    carried = propagated(context)
    if not carried:
        return
    raw = [pair for pair in logical.call.headers.raw if pair[0] not in _TRACE_HEADERS]
    raw += [(name.encode("ascii"), value.encode("ascii")) for name, value in carried.items()]
    logical.call.headers = Headers(raw)


def _contained(
    method: Callable[Concatenate[OpenTelemetryTracer, P], R],
) -> Callable[Concatenate[OpenTelemetryTracer, P], R | None]:
    """Return a method that never raises: samplers and processors are other people's, requests do not depend on them."""

    @functools.wraps(method)
    def contained(self: OpenTelemetryTracer, /, *arguments: P.args, **named: P.kwargs) -> R | None:
        try:
            return method(self, *arguments, **named)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is not the request's
            self.complain(method.__name__, error)
            return None

    return contained


class OpenTelemetryTracer:
    """The tracer that speaks OpenTelemetry: `manager.add_tracer(OpenTelemetryTracer(manager.statistics))`."""

    def __init__(
        self,
        statistics: Statistics | None = None,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        options: Options | None = None,
        route: requests.Route = requests.written_route,
    ) -> None:
        """Make a tracer.

        Args:
            statistics: The manager's method of that name, for the metrics of hooks; None leaves them out.
            tracer_provider: Who gets the spans; None stands for the program's own, which it has set up globally.
            meter_provider: Who gets the metrics, likewise.
            options: What spans hold.
            route: Says which route a request takes; by default what FastAPI says once it has found it.
        """
        self._tracer = get_tracer(names.SCOPE, host_version(), tracer_provider)
        meter = get_meter(names.SCOPE, host_version(), meter_provider)
        self._instruments = Instruments(meter)
        if statistics is not None and self._instruments.wanted:
            observe_hooks(meter, statistics)
        self._options = options or Options()
        self._route = route
        # A stream's response leaves while its call goes on.
        self._http = frozenset(name for name, phase in load_phases().items() if phase.layer == "http")
        self._key = contexts.create_key("routeiq-serving")
        self._complaints = Complaints()

    def complain(self, method: str, error: Exception) -> None:
        """Log, once in a while, that a sampler, a processor or an exporter of the program's failed."""
        withheld = self._complaints.due((method, type(error)))
        if withheld is not None:
            logger.error("OpenTelemetry failed in %s (%d more since the last time)", method, withheld, exc_info=error)

    # Requests

    @_contained
    def request_began(self, exchange: Activity) -> SpanTrace | None:
        """Begin a server span, below the client's or the one that is current."""
        request = exchange.request
        assert request is not None
        current = contexts.get_current()
        outermost = not get_current_span(current).get_span_context().is_valid
        parent = requests.extracted(request.headers, current) if outermost else current
        method, route = requests.method(request), self._route(exchange)
        span = self._tracer.start_span(
            requests.span_name(method, route),
            parent,
            SpanKind.SERVER if outermost else SpanKind.INTERNAL,
            requests.sampled_by(request, method, route),
        )
        serving = _Serving(exchange)
        context = contexts.set_value(self._key, serving, _within(span, parent))
        # Whatever else makes spans while the request runs, plugins too, finds its parent there.
        serving.token = contexts.attach(context)
        if span.is_recording():
            serving.trace = SpanTrace(exchange, span, context, self._options)
            span.set_attributes(requests.described(request, method))
        return serving.trace

    @_contained
    def request_ended(
        self,
        trace: Trace | None,
        exchange: Activity,
        response: ResponseMetadata,
        error: BaseException | None,
        began: int,
    ) -> None:
        """End the server span, and the spans of calls that nobody ended."""
        context = contexts.get_current()
        serving = contexts.get_value(self._key, context)
        if not isinstance(serving, _Serving) or serving.exchange is not exchange:
            serving = None  # a coroutine that was thrown away is closed wherever that happens
        try:
            own = self._end_calls(trace, exchange)
            self._end_span(own, exchange, response, error)
            if self._instruments.wanted:
                self._measure(exchange, serving, response, error, began, context)
        finally:
            if serving is not None and serving.token is not None:
                contexts.detach(serving.token)

    def _end_calls(self, trace: Trace | None, exchange: Activity) -> SpanTrace | None:
        """End the spans below a request's that nobody ended, and return that one."""
        while isinstance(trace, SpanTrace) and trace.of is not exchange:
            trace.end(self._tracer)
            trace = trace.above
        return trace if isinstance(trace, SpanTrace) else None

    def _end_span(
        self, own: SpanTrace | None, exchange: Activity, response: ResponseMetadata, error: BaseException | None
    ) -> None:
        if own is None:
            return
        assert exchange.request is not None
        try:
            requests.write_end(own.span, exchange.request, self._route(exchange), response, error)
        finally:
            own.end(self._tracer)

    def _measure(
        self,
        exchange: Activity,
        serving: _Serving | None,
        response: ResponseMetadata,
        error: BaseException | None,
        began: int,
        context: Context,
    ) -> None:
        request = exchange.request
        assert request is not None
        if request.method == "WEBSOCKET":
            return
        seconds = (perf_counter_ns() - began) / 1e9
        attributes = requests.measured(request, self._route(exchange), response, error)
        self._instruments.request(seconds, attributes, context)
        if serving is not None and serving.call is not None:
            first = (serving.first_piece - began) / 1e9 if serving.first_piece else None
            self._instruments.served(seconds, first, serving.call, context)

    # Calls

    def call_began(self, above: Trace | None, logical: LogicalCall) -> Trace | None:
        """Begin a client span below the request's; the upstream is told of it by the call's headers."""
        begun = self._call_began(above, logical)
        return above if begun is None else begun

    @_contained
    def _call_began(self, above: Trace | None, logical: LogicalCall) -> SpanTrace | None:
        if self._instruments.wanted:
            logical.observed = True
        parent = above.context if isinstance(above, SpanTrace) else contexts.get_current()
        if above is None and contexts.get_value(self._key, parent) is not None:
            # Its request is not sampled, and so is it: a span more would only say so again.
            _tell_upstream(logical, parent)
            return None
        span = self._tracer.start_span(calls.span_name(logical), parent, SpanKind.CLIENT, calls.begun(logical))
        context = _within(span, parent)
        _tell_upstream(logical, context)
        if not span.is_recording():
            return None
        logical.observed = True
        return SpanTrace(logical, span, context, self._options, above, self._http)

    @_contained
    def attempt_failed(self, trace: Trace | None, logical: LogicalCall, error: BaseException) -> None:
        """Make an event of it."""
        if isinstance(trace, SpanTrace):
            trace.attempt_failed(calls.failed_attempt(logical, error, perf_counter_ns()), logical.attempt_began)

    def stream_began(self, trace: Trace | None, logical: LogicalCall) -> Trace | None:
        """Go on: when it was is told at the end."""
        return trace

    def call_ended(
        self, trace: Trace | None, logical: LogicalCall, response: LLMResponse | None, error: BaseException | None
    ) -> Trace | None:
        """End the client span."""
        own = trace if isinstance(trace, SpanTrace) and trace.of is logical else None
        self._call_ended(own, logical, response, error)
        return trace if own is None else own.above

    @_contained
    def _call_ended(
        self, own: SpanTrace | None, logical: LogicalCall, response: LLMResponse | None, error: BaseException | None
    ) -> None:
        try:
            if self._instruments.wanted:
                self._measure_call(own, logical, response, error)
            if own is not None:
                calls.write_end(own.span, logical, response, error, self._options)
        finally:
            if own is not None:
                own.end(self._tracer)

    # Evaluations

    @_contained
    def evaluated(
        self, trace: Trace | None, invocation: Invocation, result: EvaluationResult, began: int, ended: int
    ) -> None:
        """Make a span of it, below the one of the call, or of the request that had none of its own."""
        if isinstance(trace, SpanTrace):
            write_evaluation(self._tracer, trace, invocation, result, began, ended, self._options)

    def _measure_call(
        self, own: SpanTrace | None, logical: LogicalCall, response: LLMResponse | None, error: BaseException | None
    ) -> None:
        context = contexts.get_current()
        attributes = self._instruments.bounded(calls.measured(logical, error))
        serving = contexts.get_value(self._key, context)
        if isinstance(serving, _Serving):
            serving.call, serving.first_piece = attributes, logical.first_piece
        if own is not None:
            context = own.context
        first = (logical.first_piece - logical.began) / 1e9 if logical.first_piece else None
        self._instruments.call((perf_counter_ns() - logical.began) / 1e9, first, attributes, context)
        if response is not None and response.usage is not None:
            self._instruments.usage(response.usage, attributes, context)

    # Tools and agents

    def remote_began(self, above: Trace | None, logical: LogicalRemoteCall) -> Trace | None:
        """Begin a client span below the request's; the target is told of it."""
        begun = self._remote_began(above, logical)
        return above if begun is None else begun

    @_contained
    def _remote_began(self, above: Trace | None, logical: LogicalRemoteCall) -> SpanTrace | None:
        parent = above.context if isinstance(above, SpanTrace) else contexts.get_current()
        if above is None and contexts.get_value(self._key, parent) is not None:
            logical.trace_context = propagated(parent)
            return None
        span = self._tracer.start_span(remote.span_name(logical), parent, SpanKind.CLIENT, remote.begun(logical))
        context = _within(span, parent)
        logical.trace_context = propagated(context)
        return SpanTrace(logical, span, context, self._options, above, self._http) if span.is_recording() else None

    @_contained
    def remote_ended(self, trace: Trace | None, logical: LogicalRemoteCall, error: BaseException | None) -> None:
        """End the client span."""
        own = trace if isinstance(trace, SpanTrace) and trace.of is logical else None
        try:
            if self._instruments.wanted:
                context = contexts.get_current() if own is None else own.context
                self._instruments.remote(logical, error, context)
            if own is not None:
                remote.write_end(own.span, logical, error)
        finally:
            if own is not None:
                own.end(self._tracer)
