"""Calls that are over, as evaluators see them."""

from __future__ import annotations

from time import perf_counter_ns
from typing import TYPE_CHECKING

from routeiq_plugin_sdk import Invocation, LLMResponse

from .event_tracer import failure_kind

if TYPE_CHECKING:
    from .calls import LogicalCall
    from .remote_calls import LogicalRemoteCall


def llm_invocation(logical: LogicalCall, response: LLMResponse | None, error: BaseException | None) -> Invocation:
    """Return a call that has ended, with its messages as plugins left them.

    Args:
        error: What ended it without an answer; None if it was a success.
    """
    call, deployment = logical.call, logical.deployment
    metadata = {
        "protocol": "llm",
        "stream": call.stream,
        "aborted": call.aborted,
        "answered_by": call.answered_by,
        "attempts": call.attempts,
        "deployment": None if deployment is None else deployment.name,
        "failure": None if error is None else failure_kind(error),
    }
    return Invocation(
        kind="llm",
        id=call.id,
        target=logical.model,
        name=call.api,
        input=logical.messages,
        output=response,
        error=None if error is None else f"{type(error).__name__}: {error}",
        duration_ms=(perf_counter_ns() - logical.began) / 1e6,
        principal=call.principal,
        request_id=None if call.request is None else call.request.id,
        metadata=metadata,
    )


def remote_invocation(remote: LogicalRemoteCall, error: BaseException | None, failure: str | None) -> Invocation:
    """Return a call of a tool or an agent that has ended, with its input and output as plugins left them.

    Args:
        error: What ended it without an answer; None if there was one.
        failure: That in a word; None without one.
    """
    call = remote.call
    metadata = {
        "protocol": call.protocol,
        "method": call.method,
        "stream": call.stream,
        "aborted": call.aborted,
        "answered_by": call.answered_by,
        "failure": failure,
    }
    return Invocation(
        kind=call.kind,
        id=call.id,
        target=call.target,
        name=remote.name,
        input=remote.input,
        output=remote.output,
        error=None if error is None else f"{type(error).__name__}: {error}",
        duration_ms=remote.seconds * 1e3,
        principal=call.principal,
        request_id=None if call.request is None else call.request.id,
        metadata=metadata,
    )
