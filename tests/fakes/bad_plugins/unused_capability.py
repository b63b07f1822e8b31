from routeiq_plugin_sdk import PluginCapability, PluginMetadata

metadata = PluginMetadata(
    name="unused-capability", version="1.0", description="A bad plugin.", gateway_compat=">=0.1",
    capabilities={PluginCapability.MIDDLEWARE},
)  # fmt: skip
