from routeiq_plugin_sdk import PluginMetadata

metadata = PluginMetadata(name="incompatible", version="1.0", description="A bad plugin.", gateway_compat=">=99")
