from routeiq_plugin_sdk import PluginMetadata, hookimpl

metadata = PluginMetadata(name="background-raises", version="1.0", description="A bad plugin.", gateway_compat=">=0.1")


@hookimpl
def startup(context):
    context.every(60, refresh)


async def refresh(context):
    await context.storage.set("ratio", 1 / 0)
