"""The plugin `content-filter`: refuses, replaces or reports words and patterns, both ways."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from routeiq_plugin_sdk import (
    Adaptation,
    LLMCall,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    PluginRequest,
    Reject,
    ResponseMetadata,
    StreamWindow,
    WindowText,
    hookimpl,
    json_texts,
    message_texts,
    with_json_texts,
    with_message_texts,
)

from ..matching import overlap
from .bodies import Undecodable, body_of
from .config import Config
from .filters import Filter, Filters, Refused

_LARGE: Final = 1 << 17
"""Characters from which on texts are looked at in a thread, so that other requests go on meanwhile."""
_WINDOW: Final = 4096

_REQUESTS: Final = frozenset({"llm_pre_call", "tool_pre_call", "agent_pre_call"})
_ANSWERS: Final = frozenset({"llm_stream_window", "tool_post_call", "agent_post_call"})


def adapt(config: Config) -> Adaptation:
    """Return windows as short as the longest match allows; what no rule is about is not called."""
    filters = Filters(config)
    unused = set() if filters.incoming else {*_REQUESTS, "request_body"}
    if not filters.outgoing:
        unused |= {*_ANSWERS, "response_body"}
    if not config.bodies:
        unused |= {"request_body", "response_body"}
    again = overlap(filters.outgoing.matcher)
    return Adaptation(StreamWindow(size=max(_WINDOW, 4 * again), overlap=again, max_hold=again + 1), unused)


metadata = PluginMetadata(
    name="content-filter",
    description="Refuses, replaces or reports words and patterns, in what is asked and what is answered.",
    capabilities={PluginCapability.MIDDLEWARE},
    config_schema=Config,
    stream_window=StreamWindow(),
    adapt=adapt,
    enabled_by_default=False,
    priority=200,
    gateway_compat=">=0.1,<1",
)


def filters_of(context: PluginContext) -> Filters:
    """Return the filters of a context's configuration, made once for each configuration."""
    known: tuple[Filters, ...] = context.shared.get("filters", ())
    for made in known:
        if made.config is context.config:
            return made
    made = Filters(context.config)
    context.shared["filters"] = (made, *known[:1])  # requests under way may have the one before
    return made


@hookimpl.startup
def startup(context: PluginContext) -> None:
    """Make the patterns ready, which takes too long for a request to wait for."""
    filters_of(context)


@hookimpl.llm_pre_call
async def llm_pre_call(
    call: LLMCall, messages: Sequence[Mapping[str, Any]], context: PluginContext
) -> dict[str, Any] | None:
    """Look at every text of every message."""
    texts = message_texts(messages)
    changed = await _changed(
        filters_of(context).incoming, [(text.text, text.kind == "tool_call") for text in texts], context
    )
    if not changed:
        return None
    return {"messages": with_message_texts(messages, {texts[number].where: text for number, text in changed.items()})}


@hookimpl.llm_stream_window
def llm_stream_window(call: LLMCall, window: WindowText, is_final: bool, context: PluginContext) -> str | None:
    """Look at what an answer says, before it leaves."""
    outgoing = filters_of(context).outgoing
    try:
        return outgoing.window(call, window, is_final, context)
    except Refused as refused:
        raise _reject(context, refused) from None


@hookimpl.tool_pre_call
async def tool_pre_call(arguments: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    """Look at the arguments of a tool of an MCP server."""
    return await _changed_value(filters_of(context).incoming, arguments, context)


@hookimpl.tool_post_call
async def tool_post_call(result: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    """Look at what a tool of an MCP server gives back."""
    return await _changed_value(filters_of(context).outgoing, result, context)


@hookimpl.agent_pre_call
async def agent_pre_call(message: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    """Look at a message to an agent."""
    return await _changed_value(filters_of(context).incoming, message, context)


@hookimpl.agent_post_call
async def agent_post_call(result: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    """Look at what an agent answers."""
    return await _changed_value(filters_of(context).outgoing, result, context)


@hookimpl.request_body
async def request_body(request: PluginRequest, body: bytes, context: PluginContext) -> bytes | None:
    """Look at the body of a request whose path is listed."""
    return await _changed_body(filters_of(context).incoming, request.path, body, context)


@hookimpl.response_body
async def response_body(
    request: PluginRequest, response: ResponseMetadata, body: bytes, context: PluginContext
) -> bytes | None:
    """Look at the body of a response to a request whose path is listed."""
    return await _changed_body(filters_of(context).outgoing, request.path, body, context)


async def _changed(one: Filter, texts: Sequence[tuple[str, bool]], context: PluginContext) -> dict[int, str]:
    """Return what changes of texts, by their number. Raises Reject."""
    try:
        if sum(len(text) for text, _ in texts) < _LARGE:
            return one.changed(texts, context)
        return await asyncio.to_thread(one.changed, texts, context)
    except Refused as refused:
        raise _reject(context, refused) from None


async def _changed_value(one: Filter, value: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    texts = json_texts(value)
    changed = await _changed(one, [(text.text, False) for text in texts], context)
    if not changed:
        return None
    new: Mapping[str, Any] = with_json_texts(value, {texts[number].where: text for number, text in changed.items()})
    return new


async def _changed_body(one: Filter, path: str, body: bytes, context: PluginContext) -> bytes | None:
    if not one.looks_at(path):
        return None
    try:
        decoded = body_of(body)
    except Undecodable:
        if context.config.undecodable == "pass":
            return None
        raise Reject(context.config.status_code, "The body is no UTF-8.", "undecodable") from None
    changed = await _changed(one, [(text.text, False) for text in decoded.texts], context)
    return decoded.with_texts(changed) if changed else None


def _reject(context: PluginContext, refused: Refused) -> Reject:
    return Reject(context.config.status_code, context.config.message, refused.code)
