"""Tells of requests and calls by the event bus: a tracer that is there while somebody subscribed to their events.

Never headers, bodies, messages, or the words of an error, since all of those are the client's.
"""

from __future__ import annotations

import asyncio
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, Final

from routeiq_plugin_sdk import EvaluationResult, Invocation, LLMResponse, Reject, Usage

from .attempts import AttemptError, UnknownModelError
from .errors import PluginAborted
from .event_names import CALL_COMPLETED, CALL_FAILED, CALL_STARTED, REQUEST_RECEIVED, RESPONSE_SENT
from .remote_events import REMOTE_EVENTS, RemoteEvents
from .telemetry import Trace

if TYPE_CHECKING:
    from routeiq_plugin_sdk import ResponseMetadata

    from .calls import LogicalCall
    from .logging import Activity

TRACED: Final = frozenset({REQUEST_RECEIVED, RESPONSE_SENT, CALL_STARTED, CALL_COMPLETED, CALL_FAILED, *REMOTE_EVENTS})
"""The events for which the tracer is needed."""


class EventTracer(RemoteEvents):
    """Tells whoever subscribed before a request or a call began."""

    def request_began(self, exchange: Activity) -> Trace | None:
        """Tell that a request came in: as the client sent it."""
        request = exchange.request
        if request is not None and self._events.wanted(REQUEST_RECEIVED):
            data = {"method": request.method, "path": request.path}
            self._events.emit(REQUEST_RECEIVED, data, request_id=exchange.request_id)
        return None

    def request_ended(
        self,
        trace: Trace | None,
        exchange: Activity,
        response: ResponseMetadata,
        error: BaseException | None,
        began: int,
    ) -> None:
        """Tell how a request ended, as plugins left it."""
        request = exchange.request
        if request is not None and self._events.wanted(RESPONSE_SENT):
            data = {
                "method": request.method,
                "path": request.path,
                "status": response.status_code,
                "duration": _seconds(began, perf_counter_ns()),
                "aborted": response.aborted,
                "principal": None if request.principal is None else request.principal.id,
                "short_circuited_by": response.short_circuited_by,
            }
            self._events.emit(RESPONSE_SENT, data, request_id=exchange.request_id)

    def call_began(self, trace: Trace | None, logical: LogicalCall) -> Trace | None:
        """Tell that a call began."""
        if self._events.wanted(CALL_COMPLETED):
            logical.observed = True
        if self._events.wanted(CALL_STARTED):
            self._emit(CALL_STARTED, _call(logical), logical)
        return None

    def attempt_failed(self, trace: Trace | None, logical: LogicalCall, error: BaseException) -> None:
        """Nothing is told of it: the call may still succeed."""

    def stream_began(self, trace: Trace | None, logical: LogicalCall) -> Trace | None:
        """Nothing is told of it before the end."""
        return None

    def call_ended(
        self, trace: Trace | None, logical: LogicalCall, response: LLMResponse | None, error: BaseException | None
    ) -> Trace | None:
        """Tell how a call ended."""
        if error is not None:
            if self._events.wanted(CALL_FAILED):
                self._emit(CALL_FAILED, {**_ended_call(logical), **_failure(error)}, logical)
        elif response is not None and self._events.wanted(CALL_COMPLETED):
            self._emit(CALL_COMPLETED, {**_ended_call(logical), **_answer(logical, response)}, logical)
        return None

    def evaluated(
        self, trace: Trace | None, invocation: Invocation, result: EvaluationResult, began: int, ended: int
    ) -> None:
        """Nothing is told of it here: whoever evaluates does."""

    def _emit(self, name: str, data: dict[str, Any], logical: LogicalCall) -> None:
        self._events.emit(name, data, request_id=logical.activity.request_id)


def _call(logical: LogicalCall) -> dict[str, Any]:
    call = logical.call
    return {"call_id": call.id, "api": call.api, "model": call.model, "stream": call.stream, "origin": call.origin}


def _ended_call(logical: LogicalCall) -> dict[str, Any]:
    deployment, first = logical.deployment, logical.first_piece
    return {
        **_call(logical),
        "deployment": None if deployment is None else deployment.name,
        "provider": None if deployment is None else deployment.provider,
        "upstream_model": None if deployment is None else deployment.upstream_model,
        "attempts": logical.call.attempts,
        "duration": _seconds(logical.began, perf_counter_ns()),
        "time_to_first_token": _seconds(logical.began, first) if first else None,
        "aborted": logical.call.aborted,
    }


def _answer(logical: LogicalCall, response: LLMResponse) -> dict[str, Any]:
    return {
        "answered_by": logical.call.answered_by,
        "finish_reason": response.finish_reason,
        "usage": None if response.usage is None else _tokens(response.usage),
        "cost": response.cost,
    }


def _failure(error: BaseException) -> dict[str, Any]:
    return {
        "error": failure_kind(error),
        "status_code": getattr(error, "status_code", None),
        "code": getattr(error, "code", None),
        "plugin": getattr(error, "plugin", None),
    }


def failure_kind(error: BaseException) -> str:
    """Return in a word why a call was not answered, as events and evaluators are told it."""
    kinds: dict[type[BaseException], str] = {
        Reject: "rejected",
        PluginAborted: "plugin",
        AttemptError: "upstream",
        UnknownModelError: "unknown_model",
        asyncio.CancelledError: "cancelled",
    }
    return next((word for kind, word in kinds.items() if isinstance(error, kind)), "internal")


def _tokens(usage: Usage) -> dict[str, int | bool]:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "cached_tokens": usage.cached_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "estimated": usage.estimated,
    }


def _seconds(began: int, ended: int) -> float:
    return (ended - began) / 1e9
