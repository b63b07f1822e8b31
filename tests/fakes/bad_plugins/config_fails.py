from pydantic import BaseModel, Field
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl


class Config(BaseModel):
    share: int = Field(default=1, ge=0, description="Of how many requests one is looked at.")


metadata = PluginMetadata(
    name="config-fails", version="1.0", description="A bad plugin.", gateway_compat=">=0.1",
    capabilities={PluginCapability.MIDDLEWARE}, config_schema=Config,
)  # fmt: skip


@hookimpl
def request(request, context):
    return 5 % context.config.share or None
