from pydantic import BaseModel, Field
from routeiq_plugin_sdk import PluginMetadata


class Config(BaseModel):
    api_key: str = Field(default="", description="The key of the service.")


metadata = PluginMetadata(
    name="plain-secret", version="1.0", description="A bad plugin.", gateway_compat=">=0.1", config_schema=Config
)
