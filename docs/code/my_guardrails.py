from pydantic import BaseModel
from routeiq_plugin_sdk import PluginCapability, PluginContext, PluginMetadata, PluginResponse, hookimpl


class Config(BaseModel):
    blocked: list[str] = ["harmful"]


metadata = PluginMetadata(name="my-guardrails", capabilities={PluginCapability.MIDDLEWARE}, config_schema=Config)


@hookimpl.request_body
async def request_body(body: bytes, context: PluginContext) -> PluginResponse | None:
    if any(word.encode() in body for word in context.config.blocked):
        return PluginResponse.json({"error": "content_blocked"}, status_code=403)
    return None
