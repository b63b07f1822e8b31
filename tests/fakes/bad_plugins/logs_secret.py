from pydantic import BaseModel, Field, SecretStr
from routeiq_plugin_sdk import PluginMetadata, hookimpl


class Config(BaseModel):
    api_key: SecretStr = Field(default=SecretStr("none"), description="What the service knows us by.")


metadata = PluginMetadata(
    name="logs-secret", version="1.0", description="A bad plugin.", gateway_compat=">=0.1", config_schema=Config,
)  # fmt: skip


@hookimpl
async def startup(context):
    context.logger.info("connected", key=context.config.api_key.get_secret_value())
