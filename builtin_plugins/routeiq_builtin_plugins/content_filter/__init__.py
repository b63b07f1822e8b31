"""The plugin `content-filter`: refuses, replaces or reports words and patterns, both ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
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
)

from ..edits import Edit, Refused, edited, edited_messages, edited_value, made_of, window_for
from .bodies import Undecodable, body_of
from .config import Config
from .filters import Filter, Filters

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
    return Adaptation(window_for(filters.outgoing.matcher), unused)


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
    """Return the filters of a context's configuration."""
    return made_of(context, Filters)


@hookimpl.startup
def startup(context: PluginContext) -> None:
    """Make the patterns ready, which takes too long for a request to wait for."""
    filters_of(context)


@hookimpl.llm_pre_call
async def llm_pre_call(
    call: LLMCall, messages: Sequence[Mapping[str, Any]], context: PluginContext
) -> dict[str, Any] | None:
    """Look at every text of every message."""
    return await edited_messages(messages, _edit(filters_of(context).incoming, context), context)


@hookimpl.llm_stream_window
def llm_stream_window(call: LLMCall, window: WindowText, is_final: bool, context: PluginContext) -> str | None:
    """Look at what an answer says, before it leaves."""
    outgoing = filters_of(context).outgoing
    try:
        return outgoing.window(call, window, is_final, context)
    except Refused as refused:
        raise refused.rejection(context.config) from None


@hookimpl.tool_pre_call
async def tool_pre_call(arguments: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    """Look at the arguments of a tool of an MCP server."""
    return await edited_value(arguments, _edit(filters_of(context).incoming, context), context)


@hookimpl.tool_post_call
async def tool_post_call(result: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    """Look at what a tool of an MCP server gives back."""
    return await edited_value(result, _edit(filters_of(context).outgoing, context), context)


@hookimpl.agent_pre_call
async def agent_pre_call(message: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    """Look at a message to an agent."""
    return await edited_value(message, _edit(filters_of(context).incoming, context), context)


@hookimpl.agent_post_call
async def agent_post_call(result: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    """Look at what an agent answers."""
    return await edited_value(result, _edit(filters_of(context).outgoing, context), context)


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


def _edit(one: Filter, context: PluginContext) -> Edit:
    return partial(one.changed, context=context)


async def _changed_body(one: Filter, path: str, body: bytes, context: PluginContext) -> bytes | None:
    if not one.looks_at(path):
        return None
    try:
        decoded = body_of(body)
    except Undecodable:
        if context.config.undecodable == "pass":
            return None
        raise Reject(context.config.status_code, "The body is no UTF-8.", "undecodable") from None
    changed = await edited([(text.text, False) for text in decoded.texts], _edit(one, context), context)
    return decoded.with_texts(changed) if changed else None
