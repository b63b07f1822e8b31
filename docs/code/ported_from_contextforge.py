import re

from pydantic import BaseModel, Field
from routeiq_plugin_sdk import (
    PluginCapability,
    PluginMetadata,
    Reject,
    hookimpl,
    json_texts,
    with_json_texts,
)


class Config(BaseModel, extra="forbid"):  # `config:` of the plugin's entry in config.yaml
    forbidden: str = Field(default=r"\b(drop|truncate)\s+table\b", description="No argument of a tool says this.")
    mask: str = Field(default=r"\b\d{3}-\d{2}-\d{4}\b", description="What is masked in what tools return.")


metadata = PluginMetadata(
    name="sql-sanitizer",
    capabilities={PluginCapability.TOOL_RUNTIME},
    config_schema=Config,
    failure_mode="abort",  # mode: enforce. With `continue` it is enforce_ignore_error
)


@hookimpl.tool_pre_call  # tool_pre_invoke
def tool_pre_call(tool, arguments, context):
    for text in json_texts(arguments):
        if re.search(context.config.forbidden, text.text, re.IGNORECASE):
            # violation=PluginViolation(...), continue_processing=False
            raise Reject(403, f"The tool {tool} does not do that.", "sql_forbidden")


@hookimpl.tool_post_call  # tool_post_invoke; what is returned was modified_payload
def tool_post_call(result, context):
    masked = {text.where: re.sub(context.config.mask, "***", text.text) for text in json_texts(result)}
    return with_json_texts(result, masked)
