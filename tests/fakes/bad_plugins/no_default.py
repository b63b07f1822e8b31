from pydantic import BaseModel, Field
from routeiq_plugin_sdk import PluginMetadata


class Config(BaseModel):
    limit: int = Field(description="How many.")


metadata = PluginMetadata(
    name="no-default", version="1.0", description="A bad plugin.", gateway_compat=">=0.1", config_schema=Config
)
