from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(
    name="logs-credentials", version="1.0", description="A bad plugin.", gateway_compat=">=0.1",
    capabilities={PluginCapability.MIDDLEWARE},
)  # fmt: skip


@hookimpl
def request(request, context):
    context.logger.info("request", headers=request.headers.items_list())
