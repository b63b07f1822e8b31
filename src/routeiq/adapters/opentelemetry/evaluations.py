"""What evaluators say of a call, as spans of the call's trace: it is over by then, and so is its own span."""

from __future__ import annotations

from opentelemetry.trace import Tracer
from routeiq_plugin_sdk import EvaluationResult, Invocation

from . import names
from .names import Attributes
from .options import Options
from .spans import SpanTrace


def write_evaluation(
    tracer: Tracer,
    trace: SpanTrace,
    invocation: Invocation,
    result: EvaluationResult,
    began: int,
    ended: int,
    options: Options,
) -> None:
    """Write the span of an evaluation, which has ended, below the one of the call.

    Args:
        trace: Of the call, or of its request.
        began: When the evaluator began and, in `ended`, when it ended; by `time.perf_counter_ns()`.
    """
    attributes = described(invocation, result, options)
    name = f"evaluate {result.evaluator}"
    span = tracer.start_span(name, trace.context, attributes=attributes, start_time=began + trace.offset)
    span.end(ended + trace.offset)


def described(invocation: Invocation, result: EvaluationResult, options: Options) -> Attributes:
    """Return the attributes of an evaluation. Its feedback may quote what people wrote: it counts as content."""
    attributes: Attributes = {
        names.EVAL_EVALUATOR: result.evaluator,
        names.EVAL_KIND: invocation.kind,
        names.EVAL_TARGET: invocation.target,
        names.EVAL_NAME: invocation.name,
        names.EVAL_SCORE: float(result.score),
        names.EVAL_STATUS: result.status,
        names.EVALUATION_NAME: result.evaluator,
        names.EVALUATION_SCORE: float(result.score),
        names.EVALUATION_LABEL: result.status,
        names.CALL_ID: invocation.id,
    }
    if result.duration_ms is not None:
        attributes[names.EVAL_DURATION] = result.duration_ms
    if options.content and result.feedback:
        attributes[names.EVAL_FEEDBACK] = result.feedback
    return attributes
