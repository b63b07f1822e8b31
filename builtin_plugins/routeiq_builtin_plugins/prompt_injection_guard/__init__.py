"""The plugin `prompt-injection-guard`: finds texts that give the model instructions they must not give.

All texts of a conversation are judged by rules, what is written in them in other forms included: users' words, results
of tools, documents, earlier turns; and what tools and agents answer through the gateway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from routeiq_plugin_sdk import (
    LLMCall,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    Reject,
    StreamWindow,
    WindowText,
    hookimpl,
    json_texts,
    message_texts,
    with_json_texts,
    with_message_texts,
)

from .config import Config, adapt
from .judgement import judge, of_json, of_messages

_PROMPT_ROLES: Final = ("system", "developer")

metadata = PluginMetadata(
    name="prompt-injection-guard",
    description="Finds texts that give the model instructions they must not give: of users, tools and documents.",
    capabilities={PluginCapability.MIDDLEWARE},
    config_schema=Config,
    enabled_by_default=False,
    priority=250,
    stream_window=StreamWindow(size=512, overlap=64),
    adapt=adapt,
    gateway_compat=">=0.1,<1",
)


@hookimpl.llm_pre_call
async def llm_pre_call(
    call: LLMCall, messages: Sequence[Mapping[str, Any]], context: PluginContext
) -> dict[str, Any] | None:
    """Judge every text of a conversation. Raises Reject."""
    if call.origin is not None:
        return None  # of a plugin, such as one that has a model judge the very text
    config: Config = context.config
    texts = message_texts(messages)
    if config.leaks.compares:
        prompt = "\n".join(text.text for text in texts if text.role in _PROMPT_ROLES)
        call.shared[_prompt_of(call, context)] = config.leaks.shingles(prompt)
    withheld = await judge(of_messages(texts), context)
    if not withheld:
        return None
    return {"messages": with_message_texts(messages, dict.fromkeys(withheld, config.notice))}


@hookimpl.llm_stream_window
def llm_stream_window(call: LLMCall, window: WindowText, context: PluginContext) -> None:
    """Refuse an answer that gives the system prompt away. Raises Reject."""
    if call.origin is not None:
        return
    config: Config = context.config
    prompt = call.shared.get(_prompt_of(call, context), frozenset())
    if config.leaks.found(window.before + window.text, prompt):
        context.metrics.counter("leaks", "Answers that gave the system prompt away.").inc()
        context.logger.warning("leak", kind=window.kind, offset=window.offset)
        raise Reject(403, "The answer was withheld: it would have revealed the model's instructions.", "prompt_leak")


@hookimpl.tool_post_call
async def tool_post_call(result: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    """Judge what a tool answered. Raises Reject."""
    return await _judged(result, context)


@hookimpl.agent_pre_call
async def agent_pre_call(message: Mapping[str, Any], context: PluginContext) -> None:
    """Judge a message to an agent like a user's. Raises Reject."""
    await judge(of_json(json_texts(message.get("parts")), "user"), context)


@hookimpl.agent_post_call
async def agent_post_call(result: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    """Judge what an agent answered. Raises Reject."""
    return await _judged(result, context)


async def _judged(result: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    """Return what was brought in with the texts withheld that are; None if there are none."""
    withheld = await judge(of_json(json_texts(result), "untrusted"), context)
    if not withheld:
        return None
    changed: Mapping[str, Any] = with_json_texts(result, dict.fromkeys(withheld, context.config.notice))
    return changed


def _prompt_of(call: LLMCall, context: PluginContext) -> str:
    return f"{context.plugin}:{call.id}"
