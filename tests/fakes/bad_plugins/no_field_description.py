from pydantic import BaseModel
from routeiq_plugin_sdk import PluginMetadata


class Config(BaseModel):
    limit: int = 5


metadata = PluginMetadata(
    name="no-field-description",
    version="1.0",
    description="A bad plugin.",
    gateway_compat=">=0.1",
    config_schema=Config,
)
