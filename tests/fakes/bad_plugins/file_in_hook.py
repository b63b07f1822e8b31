from pathlib import Path

from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(
    name="file-in-hook", version="1.0", description="A bad plugin.", gateway_compat=">=0.1",
    capabilities={PluginCapability.MIDDLEWARE},
)  # fmt: skip


@hookimpl
async def request(request):
    Path("/etc/hostname").read_text()
