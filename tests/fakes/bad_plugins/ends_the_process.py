import os

from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(
    name="ends-the-process", version="1.0", description="A bad plugin.", gateway_compat=">=0.1",
    capabilities={PluginCapability.MIDDLEWARE},
)  # fmt: skip


@hookimpl
def request(request):
    os._exit(3)
