from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field
from routeiq_plugin_sdk import PluginCapability, PluginContext, PluginMetadata, Reject, hookimpl


class Config(BaseModel):
    url: str = Field(description="Where the guard answers.")
    token: str = Field(default="", description="Sent to it as a bearer token.")


metadata = PluginMetadata(
    name="ask-guard",
    capabilities={PluginCapability.MIDDLEWARE},
    config_schema=Config,
    failure_mode="abort",  # a prompt that the guard has not seen does not pass
)


@hookimpl.llm_pre_call
async def llm_pre_call(messages: Sequence[Mapping[str, Any]], context: PluginContext) -> None:
    config = context.config
    answer = await context.http.post(
        config.url,
        json={"messages": list(messages)},
        headers={"authorization": f"Bearer {config.token}"},
        timeout=2,
    )
    if answer.raise_for_status().json()["blocked"]:
        raise Reject(403, "The guard refuses this prompt.", "content_blocked")
