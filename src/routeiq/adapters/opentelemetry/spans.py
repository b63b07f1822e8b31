"""A span that records, as plans know it: told of the hooks that belong to it, and ended once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from time import perf_counter_ns, time_ns

from opentelemetry.context import Context
from opentelemetry.trace import Span, Tracer, format_span_id, format_trace_id

from routeiq.core.telemetry import Outcome, Trace

from . import names
from .hooks import Detail, HookRecord
from .names import Attributes
from .options import Options


class SpanTrace:
    """The span of a request or a call.

    Attributes:
        of: The request's activity, or the logical call.
        context: Has the span as the current one.
        offset: What is added to a time of `perf_counter_ns` to make it one since the epoch.
        above: What the activity's trace was before it, and is again afterwards.
    """

    __slots__ = ("_elsewhere", "_ended", "_hooks", "above", "context", "of", "offset", "span")

    def __init__(
        self,
        of: object,
        span: Span,
        context: Context,
        options: Options,
        above: Trace | None = None,
        elsewhere: Collection[str] = (),
    ) -> None:
        """Wrap a span.

        Args:
            elsewhere: The phases whose hooks belong to what is above, if there is something.
        """
        self.of = of
        self._elsewhere = () if above is None else elsewhere
        self.span = span
        self.context = context
        self.above = above
        self._hooks = HookRecord(options)
        self.offset = time_ns() - perf_counter_ns()  # between the clock of hooks and that of spans
        self._ended = False

    @property
    def exemplar(self) -> Mapping[str, str] | None:
        """The ids of the span, if it is sampled."""
        ids = self.span.get_span_context()
        if not ids.trace_flags.sampled:
            return None
        return {"trace_id": format_trace_id(ids.trace_id), "span_id": format_span_id(ids.span_id)}

    def hook(self, phase: str, plugin: str, began: int, ended: int, outcome: Outcome, detail: Detail) -> None:
        """Take up a hook."""
        if phase in self._elsewhere and self.above is not None:
            self.above.hook(phase, plugin, began, ended, outcome, detail)
            return
        self._hooks.add(phase, plugin, began, ended, outcome, detail)

    def held(self, plugin: str, began: int, ended: int) -> None:
        """Take up a hold."""
        self._hooks.hold(plugin, began, ended)

    def attempt_failed(self, attributes: Attributes, began: int) -> None:
        """Take up an attempt that began at a time of `perf_counter_ns`."""
        self.span.add_event(names.ATTEMPT_FAILED_EVENT, attributes, began + self.offset)

    def end(self, tracer: Tracer) -> None:
        """Write down the hooks and end the span; harmless the second time."""
        if self._ended:
            return
        self._ended = True
        try:
            self._hooks.write(self.span, self.offset, tracer, self.context)
        finally:
            self.span.end()
