"""The plugin `pii-guard`: keeps personal data and secrets from models, and puts them back into their answers."""

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
    Reject,
    RemoteCall,
    StreamWindow,
    WindowText,
    hookimpl,
    json_texts,
    message_texts,
    with_json_texts,
    with_message_texts,
)

from ..matching import overlap
from .config import Config
from .guard import Guard, Refused

_LARGE: Final = 1 << 17
"""Characters from which on texts are looked at in a thread, so that other requests go on meanwhile."""
_WINDOW: Final = 4096


def adapt(config: Config) -> Adaptation:
    """Return windows as short as the longest match allows; what there is nothing to look for in is not called."""
    guard = Guard(config)
    looks, answers = bool(guard.incoming.patterns), bool(guard.outgoing.patterns)
    needed = {
        "llm_pre_call": looks, "llm_stream_window": answers,
        "tool_pre_call": looks and config.tools, "tool_post_call": answers and config.tools,
        "agent_pre_call": looks and config.agents, "agent_post_call": answers and config.agents,
    }  # fmt: skip
    again = overlap(guard.outgoing)
    window = StreamWindow(size=max(_WINDOW, 4 * again), overlap=again, max_hold=again + 1)
    return Adaptation(window, [hook for hook, used in needed.items() if not used])


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
    """Return the guard of a context's configuration, made once for each configuration."""
    known: tuple[Guard, ...] = context.shared.get("guards", ())
    for made in known:
        if made.config is context.config:
            return made
    made = Guard(context.config)
    context.shared["guards"] = (made, *known[:1])  # requests under way may have the one before
    return made


@hookimpl.startup
def startup(context: PluginContext) -> None:
    """Make the patterns ready, which takes too long for a request to wait for."""
    guard_of(context)


@hookimpl.llm_pre_call
async def llm_pre_call(
    call: LLMCall, messages: Sequence[Mapping[str, Any]], context: PluginContext
) -> dict[str, Any] | None:
    """Replace what is found in every text of every message."""
    texts = message_texts(messages)
    looked_at = [(text.text, text.kind == "tool_call") for text in texts]
    changed = await _changed(looked_at, call.shared, context)
    if not changed:
        return None
    return {"messages": with_message_texts(messages, {texts[number].where: text for number, text in changed.items()})}


@hookimpl.llm_stream_window
def llm_stream_window(call: LLMCall, window: WindowText, is_final: bool, context: PluginContext) -> str | None:
    """Put values back, and look at what an answer says by itself."""
    try:
        return guard_of(context).window(call, window, is_final, context)
    except Refused as refused:
        raise _reject(context, refused) from None


@hookimpl.tool_pre_call
async def tool_pre_call(
    call: RemoteCall, arguments: Mapping[str, Any], context: PluginContext
) -> Mapping[str, Any] | None:
    """Replace what is found in the arguments of a tool of an MCP server."""
    return await _changed_value(call, arguments, context)


@hookimpl.tool_post_call
def tool_post_call(call: RemoteCall, result: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    """Put values back into what a tool gives."""
    return _restored_value(call, result, context)


@hookimpl.agent_pre_call
async def agent_pre_call(
    call: RemoteCall, message: Mapping[str, Any], context: PluginContext
) -> Mapping[str, Any] | None:
    """Replace what is found in a message to an agent."""
    return await _changed_value(call, message, context)


@hookimpl.agent_post_call
def agent_post_call(call: RemoteCall, result: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    """Put values back into what an agent answers."""
    return _restored_value(call, result, context)


async def _changed(texts: Sequence[tuple[str, bool]], shared: dict[str, Any], context: PluginContext) -> dict[int, str]:
    """Return what changes of texts that go in, by their number. Raises Reject."""
    guard = guard_of(context)
    try:
        if sum(len(text) for text, _ in texts) < _LARGE:
            return guard.changed(texts, shared, context)
        return await asyncio.to_thread(guard.changed, texts, shared, context)
    except Refused as refused:
        raise _reject(context, refused) from None


async def _changed_value(
    call: RemoteCall, value: Mapping[str, Any], context: PluginContext
) -> Mapping[str, Any] | None:
    texts = json_texts(value)
    changed = await _changed([(text.text, False) for text in texts], call.shared, context)
    if not changed:
        return None
    new: Mapping[str, Any] = with_json_texts(value, {texts[number].where: text for number, text in changed.items()})
    return new


def _restored_value(call: RemoteCall, value: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    guard = guard_of(context)
    try:
        changed = {text.where: guard.restored(text.text, call.shared, context) for text in json_texts(value)}
    except Refused as refused:
        raise _reject(context, refused) from None
    new: Mapping[str, Any] = with_json_texts(value, changed)
    return None if new is value else new


def _reject(context: PluginContext, refused: Refused) -> Reject:
    return Reject(context.config.status_code, context.config.message, refused.code)
