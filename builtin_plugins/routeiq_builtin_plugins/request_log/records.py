"""The fields of a line: of a request, and of a call of a model."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from routeiq_plugin_sdk import Deployment, Event, Headers, LLMCall, LLMResponse, PluginRequest, Reject, ResponseMetadata

from .config import Config
from .contents import input_messages, output_messages
from .fields import ARGUMENTS, EVENT, INPUT, OUTPUT, REQUEST_HEADER, RESPONSE_HEADER, RESULT, TIME
from .redaction import REDACTED

Said: TypeAlias = tuple[Mapping[str, Any], Mapping[str, Any]]
"""What a tool or an agent was asked, and its (latest) answer."""
OPERATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "chat": "chat",
        "completion": "text_completion",
        "embedding": "embeddings",
        "responses": "chat",
        "messages": "chat",
    }
)
_PARAMETERS: Final = (
    ("gen_ai.request.max_tokens", ("max_completion_tokens", "max_tokens", "max_output_tokens")),
    ("gen_ai.request.temperature", ("temperature",)),
    ("gen_ai.request.top_p", ("top_p",)),
    ("gen_ai.request.seed", ("seed",)),
)
# W3C Trace Context section 3.2: version, trace id, parent id, flags; a trace id of zeros is none.
_TRACEPARENT: Final = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}.*")


def request_fields(
    request: PluginRequest, response: ResponseMetadata, duration: float | None, config: Config
) -> dict[str, Any]:
    """Return the fields of a request that has ended.

    Args:
        duration: Seconds since it arrived; None if that was not seen.
    """
    status = response.status_code
    fields: dict[str, Any] = {
        EVENT: "http.server.request",
        **_of_request(request),
        "http.request.method": request.method,
        "url.path": request.path,
        "http.response.status_code": status,
        "http.server.request.duration": duration,
        "client.address": request.client.host if request.client is not None else None,
        "user_agent.original": request.headers.get("user-agent"),
        "routeiq.answered_by": response.short_circuited_by,
        "routeiq.aborted": response.aborted or None,
        "error.type": str(status) if status >= 400 else None,
    }
    selection = config.selection
    fields.update(_headers(REQUEST_HEADER, selection.request_headers, request.headers, config))
    fields.update(_headers(RESPONSE_HEADER, selection.response_headers, response.headers, config))
    return fields


def call_fields(
    call: LLMCall, model: str, kwargs: Mapping[str, Any], deployment: Deployment | None, duration: float
) -> dict[str, Any]:
    """Return the fields of a call that are known however it ended; `duration` in seconds."""
    principal = call.principal
    fields: dict[str, Any] = {
        EVENT: "gen_ai.client.inference",
        **(_of_request(call.request) if call.request is not None else {}),
        "user.id": principal.id if principal is not None else None,
        "routeiq.call.id": call.id,
        "routeiq.origin": call.origin,
        "routeiq.api": call.api,
        "gen_ai.operation.name": OPERATIONS[call.api],
        "gen_ai.provider.name": deployment.provider if deployment is not None else None,
        "gen_ai.request.model": call.model,
        "gen_ai.request.stream": call.stream or None,
    }
    for name, spellings in _PARAMETERS:
        fields[name] = next((kwargs[one] for one in spellings if isinstance(kwargs.get(one), int | float)), None)
    fields |= {
        "routeiq.deployment": deployment.name if deployment is not None else None,
        "routeiq.upstream.model": deployment.upstream_model if deployment is not None else None,
        "routeiq.attempts": call.attempts,
        "routeiq.answered_by": call.answered_by,
        "routeiq.aborted": call.aborted or None,
        "routeiq.duration": round(duration, 6),
    }
    return fields


def answer_fields(response: LLMResponse) -> dict[str, Any]:
    """Return the fields of an answer, without what it says."""
    raw, usage = response.raw or {}, response.usage
    fields: dict[str, Any] = {
        "gen_ai.response.id": _text(raw.get("id")),
        "gen_ai.response.model": _text(raw.get("model")),
        "gen_ai.response.finish_reasons": [response.finish_reason],
        "routeiq.cost": response.cost,
    }
    if usage is not None:
        fields |= {
            "gen_ai.usage.input_tokens": usage.prompt_tokens,
            "gen_ai.usage.output_tokens": usage.completion_tokens,
            "gen_ai.usage.cache_read.input_tokens": usage.cached_tokens or None,
            "gen_ai.usage.reasoning.output_tokens": usage.reasoning_tokens or None,
            "routeiq.usage.estimated": usage.estimated or None,
        }
    return fields


def failure_fields(exception: BaseException) -> dict[str, Any]:
    """Return the fields of a failure: never its message, in which the users' words may stand."""
    if isinstance(exception, Reject):
        return {"error.type": exception.code, "routeiq.plugin": exception.plugin}
    if isinstance(exception, asyncio.CancelledError):
        return {"error.type": "cancelled"}
    code, status = getattr(exception, "code", None), getattr(exception, "status_code", None)
    return {"error.type": str(code or status or type(exception).__name__)}


def remote_fields(event: Event) -> dict[str, Any]:
    """Return the fields of a call of a tool or an agent, from the event that told its end."""
    data = event.data
    is_tool = event.name.startswith("tool.")
    return {
        EVENT: "gen_ai.execute_tool" if is_tool else "gen_ai.invoke_agent",
        "routeiq.request.id": event.request_id,
        "routeiq.call.id": data["call_id"],
        "gen_ai.operation.name": "execute_tool" if is_tool else "invoke_agent",
        "gen_ai.tool.name": data.get("tool"),
        "gen_ai.agent.name": data.get("agent"),
        "routeiq.target": data.get("server"),
        "routeiq.method": data.get("method"),
        "gen_ai.request.stream": data.get("stream") or None,
        "routeiq.aborted": data.get("aborted") or None,
        "routeiq.duration": round(data.get("duration") or 0.0, 6),
        "routeiq.tool.is_error": data.get("is_error") or None,
        "error.type": data.get("code") or data.get("error"),
        "routeiq.plugin": data.get("plugin"),
    }


def said_fields(said: Said, config: Config) -> dict[str, Any]:
    """Return what was said to a tool or an agent, and what it answered, as far as the operator wants it written."""
    every = {ARGUMENTS: said[0], RESULT: said[1]}
    return {name: config.redactor.value(one) for name, one in every.items() if config.selection.wants(name)}


def content_fields(
    messages: Sequence[Mapping[str, Any]] | None, response: LLMResponse | None, config: Config
) -> dict[str, Any]:
    """Return what was said, as far as the operator wants it written."""
    fields: dict[str, Any] = {}
    if messages is not None and config.selection.wants(INPUT):
        fields[INPUT] = input_messages(messages, config.max_messages, config.redactor)
    if response is not None and config.selection.wants(OUTPUT):
        fields[OUTPUT] = output_messages(response, config.redactor)
    return fields


def line(fields: Mapping[str, Any], time: float, worker: int, config: Config) -> dict[str, Any]:
    """Return the fields that are written: those that have a value, and that nobody has taken away.

    Args:
        fields: All that are known.
        time: Seconds since the epoch.
        worker: Which process it is.
        config: What is in force.
    """
    moment = dt.datetime.fromtimestamp(time, dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    every = {TIME: moment, **fields, "routeiq.worker": worker}
    removed = config.selection.removed
    return {name: value for name, value in every.items() if value is not None and name not in removed}


def _of_request(request: PluginRequest) -> dict[str, Any]:
    """Return what joins the lines of a request, and those of its trace."""
    trace = _TRACEPARENT.fullmatch(request.headers.get("traceparent") or "")
    return {
        "trace_id": trace[1] if trace is not None else None,
        "routeiq.request.id": request.id,
        "user.id": request.principal.id if request.principal is not None else None,
    }


def _headers(prefix: str, names: Sequence[str], headers: Headers, config: Config) -> dict[str, list[str]]:
    """Return headers as the conventions have them: a list of values under each name."""
    found = {name: headers.get_list(name) for name in names}
    secret = config.redact.headers
    return {
        f"{prefix}{name}": [REDACTED] * len(values) if name in secret else list(values)
        for name, values in found.items()
        if values
    }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
