import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
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

TOKEN = re.compile(r"\b(ghp|xoxb|sk)[-_][A-Za-z0-9-]{16,}")


class Config(BaseModel):
    allowed: dict[str, list[str]] = Field(
        default={"*": ["*/read_*", "*/search"]},
        description="For each role, `<server>/<tool>` with wildcards; `*` is everybody.",
    )


metadata = PluginMetadata(
    name="tool-guard",
    capabilities={PluginCapability.MIDDLEWARE},
    config_schema=Config,
    failure_mode="abort",  # a call that the guard has not seen does not pass
)


@hookimpl.tool_pre_call
def tool_pre_call(call: RemoteCall, server: str, tool: str, context: PluginContext) -> None:
    roles = call.principal.roles if call.principal is not None else ()
    patterns = [pattern for role in ("*", *roles) for pattern in context.config.allowed.get(role, ())]
    if not any(fnmatchcase(f"{server}/{tool}", pattern) for pattern in patterns):
        raise Reject(403, f"You may not use {tool} of {server}.", "tool_not_allowed")


@hookimpl.tool_post_call
def tool_post_call(result: Mapping[str, Any]) -> Mapping[str, Any]:
    found = {text.where: TOKEN.sub("[a token]", text.text) for text in json_texts(result)}
    cleaned: Mapping[str, Any] = with_json_texts(result, found)
    return cleaned
