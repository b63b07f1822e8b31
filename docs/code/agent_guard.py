from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field
from routeiq_plugin_sdk import (
    PluginCapability,
    PluginContext,
    PluginMetadata,
    Reject,
    RemoteCall,
    hookimpl,
    json_texts,
    with_json_texts,
)


class Config(BaseModel):
    secret: str = Field(default="Project Aurora", description="What no agent hears of.")
    internal: str = Field(default="corp.internal", description="What no client reads of: it becomes stars.")


metadata = PluginMetadata(
    name="agent-guard",
    capabilities={PluginCapability.MIDDLEWARE},
    config_schema=Config,
    failure_mode="abort",  # what the guard has not seen does not pass
)


@hookimpl.agent_pre_call
def agent_pre_call(agent: str, message: Mapping[str, Any], context: PluginContext) -> None:
    if any(context.config.secret in found.text for found in json_texts(message)):
        raise Reject(403, f"The agent {agent!r} must not hear of that.", "secret")


@hookimpl.agent_post_call
def agent_post_call(call: RemoteCall, result: Mapping[str, Any], context: PluginContext) -> Mapping[str, Any] | None:
    word = context.config.internal
    changed = {
        found.where: found.text.replace(word, "*" * len(word)) for found in json_texts(result) if word in found.text
    }
    return with_json_texts(result, changed) if changed else None
