"""The plugin `pii-guard`: keeps personal data and secrets from models, and puts them back into their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from routeiq_plugin_sdk import (
    Adaptation,
    LLMCall,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    RemoteCall,
    StreamWindow,
    WindowText,
    hookimpl,
    json_texts,
    with_json_texts,
)

from ..edits import Edit, Refused, edited_messages, edited_value, made_of, window_for
from .config import Config
from .guard import Guard


def adapt(config: Config) -> Adaptation:
    """Return windows as short as the longest match allows; what there is nothing to look for in is not called."""
    guard = Guard(config)
    looks, answers = bool(guard.incoming.patterns), bool(guard.outgoing.patterns)
    needed = {
        "llm_pre_call": looks, "llm_stream_window": answers,
        "tool_pre_call": looks and config.tools, "tool_post_call": answers and config.tools,
        "agent_pre_call": looks and config.agents, "agent_post_call": answers and config.agents,
    }  # fmt: skip
    return Adaptation(window_for(guard.outgoing), [hook for hook, used in needed.items() if not used])


metadata = PluginMetadata(
    name="pii-guard",
    description="Keeps personal data and secrets from models, and puts them back into their answers.",
    capabilities={PluginCapability.MIDDLEWARE},
    config_schema=Config,
    stream_window=StreamWindow(),
    adapt=adapt,
    enabled_by_default=False,
    priority=800,
    gateway_compat=">=0.1,<1",
)


def guard_of(context: PluginContext) -> Guard:
    """Return the guard of a context's configuration."""
    return made_of(context, Guard)


@hookimpl.startup
def startup(context: PluginContext) -> None:
    """Make the patterns ready, which takes too long for a request to wait for."""
    guard_of(context)


@hookimpl.llm_pre_call
async def llm_pre_call(
    call: LLMCall, messages: Sequence[Mapping[str, Any]], context: PluginContext
) -> dict[str, Any] | None:
    """Replace what is found in every text of every message."""
    return await edited_messages(messages, _edit(call, context), context)


@hookimpl.llm_stream_window
def llm_stream_window(call: LLMCall, window: WindowText, is_final: bool, context: PluginContext) -> str | None:
    """Put values back, and look at what an answer says by itself."""
    try:
        return guard_of(context).window(call, window, is_final, context)
    except Refused as refused:
        raise refused.rejection(context.config) from None


@hookimpl.tool_pre_call
async def tool_pre_call(
    call: RemoteCall, arguments: Mapping[str, Any], context: PluginContext
) -> Mapping[str, Any] | None:
    """Replace what is found in the arguments of a tool of an MCP server."""
    return await edited_value(arguments, _edit(call, context), context)


@hookimpl.tool_post_call
def tool_post_call(call: RemoteCall, result: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    """Put values back into what a tool gives."""
    return _restored_value(call, result, context)


@hookimpl.agent_pre_call
async def agent_pre_call(
    call: RemoteCall, message: Mapping[str, Any], context: PluginContext
) -> Mapping[str, Any] | None:
    """Replace what is found in a message to an agent."""
    return await edited_value(message, _edit(call, context), context)


@hookimpl.agent_post_call
def agent_post_call(call: RemoteCall, result: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    """Put values back into what an agent answers."""
    return _restored_value(call, result, context)


def _edit(call: LLMCall | RemoteCall, context: PluginContext) -> Edit:
    return partial(guard_of(context).changed, shared=call.shared, context=context)


def _restored_value(call: RemoteCall, value: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    guard = guard_of(context)
    try:
        changed = {text.where: guard.restored(text.text, call.shared, context) for text in json_texts(value)}
    except Refused as refused:
        raise refused.rejection(context.config) from None
    new: Mapping[str, Any] = with_json_texts(value, changed)
    return None if new is value else new
