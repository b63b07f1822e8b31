"""The plugin `my-guardrails`: keeps customers' numbers from models, and from whoever reads what they answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from routeiq_plugin_sdk import (
    PluginCapability,
    PluginContext,
    PluginMetadata,
    Reject,
    StreamWindow,
    WindowText,
    hookimpl,
    message_texts,
    with_message_texts,
)

from .config import Config

NUMBER = re.compile(r"C-[0-9]{6}")

metadata = PluginMetadata(
    name="my-guardrails",
    capabilities={PluginCapability.MIDDLEWARE},
    config_schema=Config,
    stream_window=StreamWindow(size=100, overlap=len("C-123456")),
    failure_mode="abort",
    gateway_compat=">=0.1,<1",
)


@hookimpl.llm_pre_call
def llm_pre_call(messages: Sequence[Mapping[str, Any]], context: PluginContext) -> dict[str, Any] | None:
    """Replace the numbers in all that is asked, or refuse it."""
    config: Config = context.config
    found = [text for text in message_texts(messages) if NUMBER.search(text.text)]
    if not found:
        return None
    context.metrics.counter("numbers", "Calls with customers' numbers.", ["action"]).inc(action=config.action)
    if config.action == "refuse":
        raise Reject(400, "Leave out customers' numbers.", "customer_number")
    changed = {text.where: NUMBER.sub(config.placeholder, text.text) for text in found}
    return {"messages": with_message_texts(messages, changed)}


@hookimpl.llm_stream_window
def llm_stream_window(window: WindowText, context: PluginContext) -> str | None:
    """Replace the numbers in answers before they leave, streamed or not."""
    config: Config = context.config
    return NUMBER.sub(config.placeholder, window.text)
