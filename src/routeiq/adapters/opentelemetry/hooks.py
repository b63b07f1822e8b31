"""What plugins' hooks did during a request or a call, kept until its span ends: as events of it, or as spans below.

Calls of one hook with the same outcome are put together: a plugin that changes each of a thousand chunks is one event,
not a thousand, of which OpenTelemetry would keep the last hundred.
"""

from __future__ import annotations

from opentelemetry.context import Context
from opentelemetry.trace import Span, Status, StatusCode, Tracer
from routeiq_plugin_sdk import Reject

from routeiq.core.telemetry import Outcome

from . import names
from .failures import error_type
from .guardrails import verdict
from .names import Attributes
from .options import Options

Detail = BaseException | str | None


class _Calls:
    """Calls of one hook that ended alike. Times are in nanoseconds."""

    __slots__ = ("began", "count", "detail", "ended", "total")

    def __init__(self, began: int, ended: int, detail: Detail) -> None:
        self.began = began
        self.ended = ended
        self.total = ended - began
        self.count = 1
        self.detail = detail


class HookRecord:
    """The hooks of one span."""

    __slots__ = ("_calls", "_held", "_options")

    def __init__(self, options: Options) -> None:
        self._options = options
        self._calls: dict[tuple[str, str, Outcome], _Calls] = {}
        self._held: dict[str, tuple[int, int]] = {}

    def add(self, phase: str, plugin: str, began: int, ended: int, outcome: Outcome, detail: Detail) -> None:
        """Take up one call of a hook, unless it let everything pass and nobody wants to know."""
        options = self._options
        if options.hooks == "none" or (outcome == "passed" and not options.all_hooks):
            return
        key = phase, plugin, outcome
        calls = self._calls.get(key)
        if calls is None:
            self._calls[key] = _Calls(began, ended, detail)
        else:
            calls.count += 1
            calls.total += ended - began
            calls.ended = ended

    def hold(self, plugin: str, began: int, ended: int) -> None:
        """Take up how long a plugin's window kept the first text of a stream back."""
        if self._options.hooks != "none":
            self._held[plugin] = began, ended

    def write(self, span: Span, offset: int, tracer: Tracer, context: Context) -> None:
        """Write down what was taken up.

        Args:
            offset: What is added to a time of `perf_counter_ns` to make it one since the epoch.
            context: The span's, for spans below it.
        """
        for plugin, (began, ended) in self._held.items():
            held: Attributes = {names.PLUGIN: plugin, names.DURATION: (ended - began) / 1e9}
            span.add_event(names.HELD_EVENT, held, began + offset)
        for (phase, plugin, outcome), calls in self._calls.items():
            attributes = self._attributes(phase, plugin, outcome, calls)
            if self._options.hooks == "events":
                span.add_event(names.HOOK_EVENT, attributes, calls.began + offset)
                continue
            name = f"{names.RUN_GUARDRAIL} {plugin}" if names.OPERATION in attributes else f"{phase} {plugin}"
            child = tracer.start_span(name, context, attributes=attributes, start_time=calls.began + offset)
            if outcome == "failed":
                child.set_status(Status(StatusCode.ERROR))
            child.end(calls.ended + offset)

    def _attributes(self, phase: str, plugin: str, outcome: Outcome, calls: _Calls) -> Attributes:
        detail = calls.detail
        attributes: Attributes = {
            names.PLUGIN: plugin,
            names.PHASE: phase,
            names.OUTCOME: outcome,
            names.DURATION: calls.total / 1e9,
        }
        if calls.count > 1:
            attributes[names.HOOK_CALLS] = calls.count
        if isinstance(detail, str):
            attributes[names.DECISION] = detail
        elif isinstance(detail, Reject):
            attributes[names.DECISION] = error_type(detail)
        elif detail is not None:
            attributes[names.ERROR_TYPE] = error_type(detail)
        if self._options.guardrails:
            judged = verdict(phase, plugin, outcome, detail)
            attributes.update(judged)
            if judged and self._options.hooks == "spans":
                attributes[names.OPERATION] = names.RUN_GUARDRAIL
        return attributes
