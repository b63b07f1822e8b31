"""Counts requests and calls as they end: the tracer behind `/metrics`.

Its labels take few values, whatever clients send: a method or a model that is not known counts as `other`.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Sequence
from time import perf_counter_ns
from typing import TYPE_CHECKING, Final

from routeiq_plugin_sdk import EvaluationResult, Invocation, LLMResponse, Reject, ResponseMetadata

from routeiq.core.calls import LogicalCall
from routeiq.core.remote_calls import LogicalRemoteCall
from routeiq.core.telemetry import Trace

from .families import OTHER, SECONDS, Cells, Family
from .first_token import AddedTime, Sampler
from .remote import RemoteFigures

if TYPE_CHECKING:
    from routeiq.core.logging import Activity

METHODS: Final = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "WEBSOCKET"}
)
ADDED: Final = (1e-5, 2.5e-5, 1e-4, 2.5e-4, 1e-3, 2.5e-3, 0.01, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0)
KnownModel = Callable[[str], str | None]

MOST_MODELS: Final = 100
"""How many names of models are told apart where nobody says which there are."""


class _CallFigures:
    """What the calls of one model and API came to: one look-up for a call, and additions to what it found.

    Attributes:
        outcomes: How the calls ended that were no plain success.
        cells: Of the histogram of their durations.
    """

    __slots__ = (
        "attempts", "cached", "cells", "completion", "cost", "outcomes", "priced", "prompt", "reasoning", "successes",
        "unmetered",
    )  # fmt: skip

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.outcomes: dict[str, int] = {}
        self.successes = self.attempts = self.unmetered = 0
        self.prompt = self.completion = self.cached = self.reasoning = 0
        self.priced, self.cost = False, 0.0

    def ended(self, outcome: str) -> None:
        """Count a call that was no plain success."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1

    def used(self, response: LLMResponse | None) -> None:
        """Count what an answer took."""
        usage = None if response is None else response.usage
        if response is None or usage is None:
            self.unmetered += 1
            return
        self.prompt += usage.prompt_tokens
        self.completion += usage.completion_tokens
        self.cached += usage.cached_tokens
        self.reasoning += usage.reasoning_tokens
        if response.cost is not None:
            self.priced = True
            self.cost += response.cost


class Recorder:
    """The tracer. Every request and call costs it some additions; about one request a second is traced."""

    def __init__(self, known: KnownModel | None = None, sampler: Sampler | None = None) -> None:
        """Make one.

        Args:
            known: Returns what a model counts as, None for one that does not exist; without it, the names that come
                first are told apart.
        """
        self._known = known
        self._seen_models: set[str] = set()
        self._calls: dict[tuple[str, str], _CallFigures] = {}
        self._sampler = Sampler() if sampler is None else sampler
        self._remote = RemoteFigures()
        self.requests = Family(
            "routeiq_http_requests", "counter",
            "Requests and WebSockets that passed the plugins, by the status that left (499: the client left before).",
            ("method", "status"),
        )  # fmt: skip
        self.in_progress = Family(
            "routeiq_http_requests_in_progress", "gauge", "Requests and WebSockets that are being served.",
        )  # fmt: skip
        self.request_seconds = Family(
            "routeiq_http_request_duration_seconds", "histogram",
            "How long requests took until their last byte was sent, in seconds.", ("method",), SECONDS,
        )  # fmt: skip
        self.calls = Family(
            "routeiq_llm_calls", "counter",
            "LLM calls by how they ended: success, answered (by a plugin), aborted (a stream whose reader left),"
            " rejected (by a plugin), cancelled, failed.",
            ("model", "api", "outcome"),
        )  # fmt: skip
        self.attempts = Family(
            "routeiq_llm_attempts", "counter", "Attempts that LLM calls took at deployments.", ("model", "api")
        )
        self.call_seconds = Family(
            "routeiq_llm_call_duration_seconds", "histogram",
            "How long LLM calls took until their answer, or its last chunk, in seconds.", ("model", "api"), SECONDS,
        )  # fmt: skip
        self.first_token = Family(
            "routeiq_llm_time_to_first_token_seconds", "histogram",
            "How long streamed LLM calls took until their first chunk left, in seconds.", ("model", "api"), SECONDS,
        )  # fmt: skip
        self.tokens = Family(
            "routeiq_llm_tokens", "counter",
            "Tokens of LLM calls. prompt and completion are all of them; cached is a part of the first, reasoning of"
            " the second.",
            ("model", "kind"),
        )  # fmt: skip
        self.cost = Family(
            "routeiq_llm_cost_dollars", "counter", "Price of LLM calls in US dollars, of those that have one.",
            ("model",),
        )  # fmt: skip
        self.unmetered = Family(
            "routeiq_llm_unmetered_calls", "counter",
            "LLM calls that were answered and whose tokens are not known: their upstream did not tell.", ("model",),
        )  # fmt: skip
        self.added = Family(
            "routeiq_plugin_time_to_first_token_seconds", "histogram",
            "What a plugin added before the first chunk of a stream left, in seconds: its hooks, and how long its"
            " window held text back (windows of several plugins overlap). A sample: the streams among the requests that"
            " are traced, about one a second.",
            ("plugin",), ADDED,
        )  # fmt: skip
        self.in_progress.series[()] = 0

    def families(self) -> Sequence[Family]:
        """Return what was counted until now; it stays as it is."""
        self._write_calls()
        families = [
            self.requests, self.in_progress, self.request_seconds, self.calls, self.attempts, self.call_seconds,
            self.first_token, self.tokens, self.cost, self.unmetered, self.added, *self._remote.families(),
        ]  # fmt: skip
        return [family.copy() for family in families]

    # The tracer

    def request_began(self, exchange: Activity) -> Trace | None:
        """Count a request that is being served."""
        self.in_progress.add(())
        return self._sampler()

    def request_ended(
        self,
        trace: Trace | None,
        exchange: Activity,
        response: ResponseMetadata,
        error: BaseException | None,
        began: int,
    ) -> None:
        """Count a request that was served."""
        method = exchange.request.method if exchange.request is not None else OTHER
        method = method if method in METHODS else OTHER
        status = response.status_code
        self.in_progress.add((), -1)
        self.requests.add((method, str(status) if 100 <= status < 600 else OTHER))
        seconds = (perf_counter_ns() - began) / 1e9
        self.request_seconds.observe((method,), seconds, _exemplar(exchange))

    def call_began(self, trace: Trace | None, logical: LogicalCall) -> Trace | None:
        """Have the call's usage told; sample one that is outside of a request."""
        logical.metered = True
        return self._sampler() if trace is None and logical.call.request is None and logical.call.stream else trace

    def attempt_failed(self, trace: Trace | None, logical: LogicalCall, error: BaseException) -> None:
        """Do nothing: all attempts are counted when the call has ended."""

    def stream_began(self, trace: Trace | None, logical: LogicalCall) -> Trace | None:
        """Take up when the first chunk left, and what plugins had added to that; the rest of the stream is untraced."""
        seconds = (logical.first_piece - logical.began) / 1e9
        self.first_token.observe(self._names(logical), seconds, _exemplar(logical.activity))
        if isinstance(trace, AddedTime):
            for plugin, nanoseconds in trace.nanoseconds.items():
                self.added.observe((plugin,), nanoseconds / 1e9, _exemplar(logical.activity))
        return None

    def call_ended(
        self, trace: Trace | None, logical: LogicalCall, response: LLMResponse | None, error: BaseException | None
    ) -> Trace | None:
        """Count a call that has ended."""
        names, call = self._names(logical), logical.call
        figures = self._calls.get(names)
        if figures is None:
            figures = self._calls[names] = _CallFigures(self.call_seconds.cells(names))
        figures.attempts += call.attempts
        seconds, exemplar = (perf_counter_ns() - logical.began) / 1e9, _exemplar(logical.activity)
        if exemplar is None:
            figures.cells[0] += seconds
            figures.cells[bisect_left(SECONDS, seconds) + 1] += 1
        else:
            self.call_seconds.observe(names, seconds, exemplar)
        if error is None and call.answered_by is None:
            figures.used(response)
            if not call.aborted:
                figures.successes += 1
                return trace if call.request is not None else None
        figures.ended(_outcome(logical, error))
        return trace if call.request is not None else None

    def remote_began(self, trace: Trace | None, remote: LogicalRemoteCall) -> Trace | None:
        """Have the call's hooks told where those of its request are."""
        return trace

    def remote_ended(self, trace: Trace | None, remote: LogicalRemoteCall, error: BaseException | None) -> None:
        """Count a call of a tool or an agent."""
        self._remote.ended(remote, error, _exemplar(remote.activity))

    def evaluated(
        self, trace: Trace | None, invocation: Invocation, result: EvaluationResult, began: int, ended: int
    ) -> None:
        """Do nothing: evaluations are counted where they are made."""

    def _write_calls(self) -> None:
        """Write what calls came to into their families."""
        for names, figures in self._calls.items():
            outcomes = {"success": figures.successes, **figures.outcomes}
            self.calls.series.update({(*names, outcome): count for outcome, count in outcomes.items() if count})
            if figures.attempts:
                self.attempts.series[names] = figures.attempts
        # These have no label for the API: what the APIs of a model came to goes together.
        for family in (self.tokens, self.cost, self.unmetered):
            family.series.clear()
        for (model, _), figures in self._calls.items():
            for kind in ("prompt", "completion", "cached", "reasoning"):
                count = getattr(figures, kind)
                if count:
                    self.tokens.add((model, kind), count)
            if figures.priced:
                self.cost.add((model,), figures.cost)
            if figures.unmetered:
                self.unmetered.add((model,), figures.unmetered)

    def _names(self, logical: LogicalCall) -> tuple[str, str]:
        return self._model(logical.model), logical.call.api

    def _model(self, name: str) -> str:
        if self._known is not None:
            return self._known(name) or OTHER
        if name not in self._seen_models:
            if len(self._seen_models) >= MOST_MODELS:
                return OTHER
            self._seen_models.add(name)
        return name


def _outcome(logical: LogicalCall, error: BaseException | None) -> str:
    if isinstance(error, Reject):
        return "rejected"
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        return "cancelled"
    if error is not None:
        return "failed"
    if logical.call.aborted:
        return "aborted"
    return "success" if logical.call.answered_by is None else "answered"


def _exemplar(activity: Activity) -> dict[str, str] | None:
    trace = activity.trace
    exemplar = None if trace is None else trace.exemplar
    return None if exemplar is None else dict(exemplar)
