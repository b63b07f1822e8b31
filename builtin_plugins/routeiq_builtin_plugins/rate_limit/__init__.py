"""The plugin `rate-limit`: refuses requests, and calls of models, beyond what a client may have in a time.

Limits of requests that need to know nothing of the call are asked at `request`, the others at `llm_pre_call`; outside
HTTP all are asked there. Whatever refuses, what the other limits had reserved for the same request is given back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from routeiq_plugin_sdk import (
    LLMCall,
    LLMResponse,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    PluginRequest,
    Reject,
    ResponseMetadata,
    StorageUnavailable,
    hookimpl,
)

from .config import Config, Limit
from .headers import rate_limit_headers, retry_after
from .limiter import Demand, Held, give_back, settle, take
from .partitions import Subject, demands, used_tokens
from .standing import Standing, standing_of

metadata = PluginMetadata(
    name="rate-limit",
    capabilities={PluginCapability.MIDDLEWARE},
    config_schema=Config,
    enabled_by_default=False,
    priority=200,
    gateway_compat=">=0.1,<1",
)


@hookimpl.request
async def request(request: PluginRequest, context: PluginContext) -> None:
    """Ask the limits that hold for any request. Raises Reject if one refuses it."""
    config: Config = context.config
    if config.of_requests:
        standing = standing_of(request.shared, context.plugin)
        standing.held += await _ask(
            demands(config.of_requests, Subject.of(request), ipv6_prefix=config.ipv6_prefix), standing, context
        )


@hookimpl.llm_pre_call(trylast=True)
async def llm_pre_call(
    call: LLMCall, messages: Sequence[Mapping[str, Any]], kwargs: Mapping[str, Any], context: PluginContext
) -> None:
    """Ask the limits of calls, last: what others answer or refuse needs no tokens. Raises Reject if one refuses it."""
    config: Config = context.config
    limits = config.of_calls if call.request is not None else config.limits
    if not limits or call.origin is not None:
        return
    standing = standing_of(call.shared, context.plugin)
    asked = demands(limits, Subject.of_call(call, kwargs), messages, kwargs, config.ipv6_prefix)
    held = standing.calls[call.id] = await _ask(asked, standing, context)
    standing.told += held


@hookimpl.llm_success
async def llm_success(call: LLMCall, response: LLMResponse, context: PluginContext) -> None:
    """Correct what was reserved to what was used; an answer that a plugin gave used nothing."""
    used = 0 if call.answered_by is not None else used_tokens(response.usage)
    await _settle(call, used, context)


@hookimpl.llm_failure
async def llm_failure(call: LLMCall, exception: BaseException, context: PluginContext) -> None:
    """Give back what was reserved, unless the model may have worked: an answer was refused, or nobody waited for it."""
    worked = call.attempts > 0 and (isinstance(exception, Reject) or not isinstance(exception, Exception))
    await _settle(call, None if worked else 0, context)


@hookimpl.response_headers
def response_headers(
    request: PluginRequest, response: ResponseMetadata, context: PluginContext
) -> ResponseMetadata | None:
    """Tell the client how it stands."""
    standing = request.shared.get(context.plugin)
    if not context.config.headers or not isinstance(standing, Standing):
        return None
    headers = rate_limit_headers(standing.all())
    return response.with_added_headers(headers) if headers else None


async def _ask(asked: Sequence[Demand], standing: Standing, context: PluginContext) -> list[Held]:
    try:
        held, refused = await take(context.storage, asked)
    except StorageUnavailable as error:
        _count_outage(context)
        if context.config.on_outage == "allow":
            return []
        await _give_back(standing, context)
        raise Reject(
            503, "Rate limits cannot be checked now: try again later.", "rate_limit_unavailable", {"retry-after": "5"}
        ) from error
    counted = context.metrics.counter("decisions", "What limits were asked, by their answer.", ["limit", "outcome"])
    for one in held:
        counted.inc(limit=one.limit.name, outcome="granted")
    if refused is None:
        return held
    counted.inc(limit=refused.limit.name, outcome="refused")
    await _give_back(standing, context)
    standing.refused = refused
    raise Reject(429, _message(refused.limit), "rate_limit_exceeded", retry_after(refused))


def _message(limit: Limit) -> str:
    whose = f" for each {' and '.join(limit.by)}" if limit.by else ""
    return (
        f"The rate limit {limit.name!r} is reached: {limit.limit} {limit.unit} in {limit.window} seconds{whose}. "
        "Try again when `retry-after` has passed."
    )


async def _give_back(standing: Standing, context: PluginContext) -> None:
    """Give back what earlier limits reserved for a request that is refused now."""
    held, standing.held = standing.held, []
    try:
        await give_back(context.storage, held)
    except StorageUnavailable:
        _count_outage(context)


async def _settle(call: LLMCall, used: int | None, context: PluginContext) -> None:
    standing = call.shared.get(context.plugin)
    held = standing.calls.pop(call.id, []) if isinstance(standing, Standing) else []
    tokens = [one for one in held if one.limit.unit == "tokens"]
    if used is None or not tokens:
        return
    try:
        await settle(context.storage, tokens, used)
    except StorageUnavailable:
        _count_outage(context)


def _count_outage(context: PluginContext) -> None:
    context.metrics.counter("outages", "Times that the storage of the limits could not be reached.").inc()
